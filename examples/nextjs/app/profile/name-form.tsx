"use client"
import { useActionState } from "react"
import { Button } from "@/components/button"
import { rename } from "./actions"

export function NameForm({ name }: { name: string }) {
  const [state, action, busy] = useActionState(rename, { name })
  return (
    <form action={action}>
      <label>
        Name
        <input name="name" maxLength={200} autoComplete="name" defaultValue={state.name} />
      </label>
      {state.trouble && (
        <div role="alert" className="message trouble">
          <p>{state.trouble}</p>
          <button>Try again</button>
        </div>
      )}
      {state.done && (
        <p role="status" className="message done">
          {state.done}
        </p>
      )}
      <Button busy={busy}>Save</Button>
    </form>
  )
}
