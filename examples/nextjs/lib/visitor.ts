import "server-only"
import { headers } from "next/headers"
import { auth } from "./auth"

// visitor is who Better Auth takes the visitor for, null where nobody is signed in, and undefined where that
// could not be checked. It chooses what the header shows, no more: what somebody may do is decided by
// Countersign at each call.
export async function visitor() {
  const asked = await headers()
  try {
    // Prolonging the session is left to StaySignedIn: from here the cookie cannot be set.
    const session = await auth.api.getSession({ headers: asked, query: { disableRefresh: true } })
    return session?.user ?? null
  } catch (error) {
    console.error("who is signed in could not be checked:", error)
    return undefined
  }
}
