"use client"
import { useRouter } from "next/navigation"
import { useState } from "react"
import { Button } from "@/components/button"
import { useCall } from "@/components/use-call"
import { browser } from "@/lib/countersign/browser"
import { got, type User } from "@/lib/countersign/client"

const usual = ["user", "moderator", "admin"]

export function RoleForm({ user }: { user: User }) {
  const router = useRouter()
  const [role, setRole] = useState(user.role)
  const { run, busy, message } = useCall()
  // A user may have several roles, or others than the usual ones.
  const roles = usual.includes(user.role) ? usual : [user.role, ...usual]

  async function change() {
    await got(browser.PATCH("/api/admin/users/{id}", { params: { path: { id: user.id } }, body: { role } }))
    router.refresh()
    return `The role is ${role} now.`
  }

  return (
    <section className="card" aria-labelledby="may-title">
      <h2 id="may-title">What this user may do</h2>
      <form
        className="inline"
        onSubmit={(event) => {
          event.preventDefault()
          void run(change)
        }}
      >
        <label>
          Role
          <select value={role} onChange={(event) => setRole(event.target.value)}>
            {roles.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <Button busy={busy}>Change role</Button>
      </form>
      {message}
    </section>
  )
}
