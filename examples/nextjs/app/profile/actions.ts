"use server"
import { revalidatePath } from "next/cache"
import { ApiError } from "@/lib/countersign/problem"
import { forVisitor, orSignIn } from "@/lib/countersign/server"

export type Renamed = { name: string; done?: string; trouble?: string }

// rename is a server action: it runs on this server, for the visitor, whose cookie and Origin forVisitor passes on.
export async function rename(_before: Renamed, form: FormData): Promise<Renamed> {
  const name = String(form.get("name"))
  const countersign = await forVisitor()
  try {
    await orSignIn("/profile", countersign.PATCH("/api/me", { body: { name } }))
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return { name, trouble: error.message }
  }
  revalidatePath("/", "layout") // the header has the name too
  return { name, done: "Saved." }
}
