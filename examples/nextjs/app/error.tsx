"use client"
import { Trouble } from "@/components/use-call"

// What a server component could not do ends here: the header stays, and a second try asks the server again.
export default function ErrorPage({ error, retry }: { error: Error & { digest?: string }; retry: () => void }) {
  return (
    <>
      <title>Not possible at the moment · Countersign example</title>
      <h1>That did not work</h1>
      <Trouble error={error} again={retry} />
    </>
  )
}
