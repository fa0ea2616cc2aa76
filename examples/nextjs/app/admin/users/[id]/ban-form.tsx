"use client"
import { useRouter } from "next/navigation"
import { useRef } from "react"
import { Button } from "@/components/button"
import { useCall } from "@/components/use-call"
import { browser } from "@/lib/countersign/browser"
import { got, type User } from "@/lib/countersign/client"
import { inFull } from "@/lib/format"

const day = 24 * 60 * 60 * 1000

export function BanForm({ user }: { user: User }) {
  const router = useRouter()
  const form = useRef<HTMLFormElement>(null)
  const { run, busy, message } = useCall()

  async function ban() {
    const fields = new FormData(form.current!)
    const days = Number(fields.get("days"))
    const body = {
      banned: true,
      ban_reason: String(fields.get("reason")) || null,
      ban_expires: days ? new Date(Date.now() + days * day).toISOString() : null,
    }
    await got(browser.PATCH("/api/admin/users/{id}", { params: { path: { id: user.id } }, body }))
    router.refresh()
    return "The user is banned, and all sessions are ended."
  }

  async function unban() {
    await got(browser.PATCH("/api/admin/users/{id}", { params: { path: { id: user.id } }, body: { banned: false } }))
    router.refresh()
    return "The user is not banned any more."
  }

  return (
    <section className="card" aria-labelledby="ban-title">
      <h2 id="ban-title">Ban</h2>
      {user.banned ? (
        <>
          <p>
            Banned {user.ban_expires ? `until ${inFull(user.ban_expires)}` : "without an end"}
            {user.ban_reason && `: ${user.ban_reason}`}
          </p>
          <Button type="button" className="plain" busy={busy} onClick={() => run(unban)}>
            Unban user
          </Button>
        </>
      ) : (
        <form
          ref={form}
          className="inline"
          onSubmit={(event) => {
            event.preventDefault()
            void run(ban)
          }}
        >
          <label>
            Reason
            <input name="reason" maxLength={500} />
          </label>
          <label>
            Until
            <select name="days">
              <option value="0">No end</option>
              <option value="1">1 day from now</option>
              <option value="7">7 days from now</option>
              <option value="30">30 days from now</option>
            </select>
          </label>
          <Button className="danger" busy={busy}>
            Ban user
          </Button>
        </form>
      )}
      {message}
    </section>
  )
}
