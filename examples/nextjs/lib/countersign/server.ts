import "server-only"
import { getSessionCookie } from "better-auth/cookies"
import { headers } from "next/headers"
import { notFound, redirect } from "next/navigation"
import { signInAddress } from "@/lib/addresses"
import { type Call, connect, got } from "./client"
import { ApiError } from "./problem"

// forVisitor calls Countersign for the visitor whose request is being answered: in server components, and in
// server actions. Their cookie is passed on, so Countersign sees them and decides what they may; this server
// has no rights of its own. A write by cookie must say which page it comes from, so their Origin is passed on
// as well and never made up: Next.js has compared it with this host before a server action runs.
export async function forVisitor() {
  const visitor = await headers()
  const origin = visitor.get("origin")
  return connect({ headers: { Cookie: visitor.get("cookie") ?? "", ...(origin && { Origin: origin }) } })
}

// orSignIn waits for a call. Who is not signed in any more is led to the sign-in page and back to `from`; what is
// not there is the page for that; other errors are for error.tsx.
export async function orSignIn<T>(from: string, call: Call<T>): Promise<T> {
  try {
    return await got(call)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (error.endsSession) redirect(signInAddress(from, await hadSession()))
    if (error.kind === "missing") notFound()
    throw error
  }
}

// hadSession tells a session that is over from a visitor who never had one.
export async function hadSession(): Promise<boolean> {
  return getSessionCookie(await headers()) !== null
}
