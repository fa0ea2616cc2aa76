"use client"
import { useRouter } from "next/navigation"
import { useEffect } from "react"
import { authClient } from "@/lib/auth-client"

// StaySignedIn lets Better Auth prolong a session that is in use, which it does once a day when it is asked for it.
// That sets the cookie anew, and only an answer to the browser can: a server component cannot. Whoever comes back to
// a tab after another one signed somebody else in sees that here, before they write as somebody else.
export function StaySignedIn({ userId }: { userId: string }) {
  const router = useRouter()
  useEffect(() => {
    async function look() {
      if (document.visibilityState !== "visible") return
      const { data } = await authClient.getSession().catch(() => ({ data: null })) // it will be asked again
      if (data && data.user.id !== userId) router.refresh()
    }
    void look()
    document.addEventListener("visibilitychange", look)
    return () => document.removeEventListener("visibilitychange", look)
  }, [router, userId])
  return null
}
