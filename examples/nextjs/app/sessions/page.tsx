import type { Metadata } from "next"
import { forVisitor, orSignIn } from "@/lib/countersign/server"
import { OwnSessions } from "./own-sessions"

export const metadata: Metadata = { title: "Sessions" }

export default async function Sessions() {
  const countersign = await forVisitor()
  const { sessions } = await orSignIn("/sessions", countersign.GET("/auth/sessions"))
  return (
    <>
      <h1>Sessions</h1>
      <p className="aside">Where you are signed in. End what you do not know.</p>
      <OwnSessions sessions={sessions} />
    </>
  )
}
