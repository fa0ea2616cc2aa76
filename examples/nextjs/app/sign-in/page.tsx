import type { Metadata } from "next"
import { SignInForm } from "./sign-in-form"

export const metadata: Metadata = { title: "Sign in" }

export default async function SignIn({ searchParams }: PageProps<"/sign-in">) {
  const { ended, next } = await searchParams
  return <SignInForm ended={ended === "1"} next={typeof next === "string" ? next : null} />
}
