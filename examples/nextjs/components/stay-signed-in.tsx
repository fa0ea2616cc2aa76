"use client"
import { useEffect } from "react"
import { authClient } from "@/lib/auth-client"

// StaySignedIn lets Better Auth prolong a session that is in use, which it does once a day when it is asked for it.
// That sets the cookie anew, and only an answer to the browser can: a server component cannot.
export function StaySignedIn() {
  useEffect(() => {
    authClient.getSession().catch(() => {}) // it will be asked again at the next page
  }, [])
  return null
}
