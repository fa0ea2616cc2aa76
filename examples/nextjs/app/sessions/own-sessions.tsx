"use client"
import { useRouter } from "next/navigation"
import { Button } from "@/components/button"
import { SessionList } from "@/components/session-list"
import { useCall } from "@/components/use-call"
import { browser } from "@/lib/countersign/browser"
import { got, type Session } from "@/lib/countersign/client"

export function OwnSessions({ sessions }: { sessions: Session[] }) {
  const router = useRouter()
  const { run, busy, message } = useCall()

  async function end({ id }: Session) {
    await got(browser.DELETE("/auth/sessions/{id}", { params: { path: { id } } }))
    router.refresh()
    return "The session is ended."
  }

  async function endOthers() {
    await got(browser.DELETE("/auth/sessions"))
    router.refresh()
    return "All other sessions are ended."
  }

  return (
    <>
      <SessionList sessions={sessions} busy={busy} end={(session) => run(() => end(session))} />
      {message}
      {sessions.some((session) => !session.current) && (
        <Button type="button" className="danger" busy={busy} onClick={() => run(endOthers)}>
          End all others
        </Button>
      )}
    </>
  )
}
