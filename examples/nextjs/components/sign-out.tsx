"use client"
import { useState } from "react"
import { authClient } from "@/lib/auth-client"

export function SignOut() {
  const [failed, setFailed] = useState(false)

  async function signOut() {
    const { error } = await authClient.signOut().catch((error) => ({ error }))
    if (error) return setFailed(true)
    // A new page and not a route: nothing of this user stays in memory.
    window.location.assign("/")
  }

  return (
    <>
      <button type="button" className="quiet" onClick={signOut}>
        Sign out
      </button>
      {failed && <span role="alert">Signing out did not work. Try again.</span>}
    </>
  )
}
