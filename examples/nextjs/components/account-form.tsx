"use client"
import { type FormEvent, type ReactNode, useState } from "react"
import { wordsFor } from "@/lib/auth-client"
import { Button } from "./button"

type Options = { onError: (context: { response: Response }) => void }
type Failure = { status: number; code?: string; message?: string }

type Props = {
  title: string
  // first is said before anything was tried.
  first?: string
  // send asks Better Auth; `to` is where its yes leads.
  send: (field: (name: string) => string, options: Options) => Promise<{ error: Failure | null }>
  to: () => string
  children: ReactNode
}

// AccountForm is what signing in and signing up have in common.
export function AccountForm({ title, first = "", send, to, children }: Props) {
  const [busy, setBusy] = useState(false)
  const [said, say] = useState(first)

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    if (busy) return
    const form = new FormData(event.currentTarget)
    setBusy(true)
    say("")
    let wait: string | null = null
    const onError: Options["onError"] = ({ response }) => void (wait = response.headers.get("X-Retry-After"))
    const { error } = await send((name) => String(form.get(name)), { onError }).catch(() => ({ error: { status: 0 } }))
    // A new page and not a route: nothing of an earlier user stays in memory.
    if (!error) return window.location.assign(to())
    setBusy(false)
    say(wordsFor(error, wait))
  }

  return (
    <>
      <h1>{title}</h1>
      {said && (
        <p role="alert" className={said === first ? "message" : "message trouble"}>
          {said}
        </p>
      )}
      {/* Sent before this script is there, a form without a method would put the password into the address. */}
      <form method="post" onSubmit={submit}>
        {children}
        <Button busy={busy}>{title}</Button>
      </form>
    </>
  )
}
