"use client"
import { type RefObject, useEffect, useRef, useState } from "react"
import { signInAddress } from "@/lib/addresses"
import { ApiError, told } from "@/lib/countersign/problem"

type Call = () => Promise<string | void>

// useCall runs calls to Countersign and says what became of them: `message` is for the page. A call may give the
// words for its success. Who is not signed in any more is led to the sign-in page; after every other failure
// the page stays as it is, and a call that may succeed later can be tried again.
export function useCall() {
  const [busy, setBusy] = useState(false)
  const running = useRef(false)
  const pressed = useRef<Element>(null)
  const [done, setDone] = useState<string>()
  const [failed, setFailed] = useState<{ error: Error; again: () => void }>()

  async function run(call: Call) {
    if (running.current) return
    running.current = true
    pressed.current = document.activeElement
    setBusy(true)
    setDone(undefined)
    try {
      setDone((await call()) ?? undefined)
      setFailed(undefined)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      if (error instanceof ApiError && error.endsSession) return signInAgain()
      setFailed({ error, again: () => run(call) })
    } finally {
      running.current = false
      setBusy(false)
    }
  }

  const message = failed ? <Trouble error={failed.error} again={failed.again} /> : done && <Done pressed={pressed}>{done}</Done>
  return { run, busy, message }
}

function signInAgain() {
  const { pathname, search } = window.location
  window.location.assign(signInAddress(pathname + search, true))
}

// Trouble says what went wrong, and offers another try where that may help.
export function Trouble({ error, again }: { error: Error & { digest?: string }; again: () => void }) {
  const { message, hopeless } = told(error)
  return (
    <div role="alert" className="message trouble">
      <p>{message}</p>
      {!hopeless && (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  )
}

// Done is the good news. It takes the focus where the button that was pressed is gone, so that who uses the
// keyboard goes on from here and not from the top of the page.
function Done({ pressed, children }: { pressed: RefObject<Element | null>; children: string }) {
  const self = useRef<HTMLParagraphElement>(null)
  useEffect(() => {
    if (!pressed.current || pressed.current.isConnected) return
    pressed.current = null
    self.current?.focus()
  })
  return (
    <p role="status" tabIndex={-1} ref={self} className="message done">
      {children}
    </p>
  )
}
