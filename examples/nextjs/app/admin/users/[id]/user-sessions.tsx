"use client"
import { useRouter } from "next/navigation"
import { Button } from "@/components/button"
import { SessionList } from "@/components/session-list"
import { useCall } from "@/components/use-call"
import { browser } from "@/lib/countersign/browser"
import { got, type Session, type User } from "@/lib/countersign/client"

export function UserSessions({ user, sessions }: { user: User; sessions: Session[] }) {
  const router = useRouter()
  const { run, busy, message } = useCall()

  async function end(session: Session) {
    const path = { id: user.id, sid: session.id }
    await got(browser.DELETE("/api/admin/users/{id}/sessions/{sid}", { params: { path } }))
    router.refresh()
    return "The session is ended."
  }

  async function endAll() {
    await got(browser.DELETE("/api/admin/users/{id}/sessions", { params: { path: { id: user.id } } }))
    router.refresh()
    return "All sessions are ended."
  }

  return (
    <section className="card" aria-labelledby="sessions-title">
      <h2 id="sessions-title">Sessions</h2>
      {sessions.length === 0 && <p className="empty">This user is signed in nowhere.</p>}
      <SessionList sessions={sessions} busy={busy} end={(session) => run(() => end(session))} />
      {message}
      {sessions.length > 0 && (
        <Button type="button" className="danger" busy={busy} onClick={() => run(endAll)}>
          End all sessions
        </Button>
      )}
    </section>
  )
}
