"use server"
import { ApiError } from "@/lib/countersign/problem"
import { forVisitor, orSignIn } from "@/lib/countersign/server"

// act is a write in a server action. Errors are part of the answer: what an action throws, Next.js hides.
export async function act() {
  const countersign = await forVisitor()
  try {
    return await orSignIn("/calls", countersign.POST("/protected/action"))
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return { trouble: error.message }
  }
}
