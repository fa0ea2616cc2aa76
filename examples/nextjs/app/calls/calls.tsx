"use client"
import { useState } from "react"
import { Button } from "@/components/button"
import { useCall } from "@/components/use-call"
import { browser } from "@/lib/countersign/browser"
import { browserWithToken } from "@/lib/countersign/browser-jwt"
import { got } from "@/lib/countersign/client"
import { unreachable } from "@/lib/countersign/problem"
import { act } from "./actions"
import { Answer } from "./card"

export function CookieCall() {
  return <CallButton call={() => got(browser.GET("/api/me"))} />
}

export function TokenCall() {
  return <CallButton call={() => got(browserWithToken.GET("/api/me"))} />
}

export function ActionCall() {
  return <CallButton call={act} />
}

export function FeedCall() {
  return <CallButton call={readFeed} />
}

async function readFeed() {
  const answer = await fetch("/feed.xml", { cache: "no-store" }).catch(unreachable)
  return answer.text()
}

function CallButton({ call }: { call: () => Promise<unknown> }) {
  const { run, busy, message } = useCall()
  const [answer, setAnswer] = useState<unknown>()
  return (
    <>
      <Button type="button" className="plain" busy={busy} onClick={() => run(async () => setAnswer(await call()))}>
        Call
      </Button>
      {message}
      <div aria-live="polite">{answer !== undefined && <Answer value={answer} />}</div>
    </>
  )
}
