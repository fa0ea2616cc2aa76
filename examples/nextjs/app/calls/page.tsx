import type { Metadata } from "next"
import { forVisitor, orSignIn } from "@/lib/countersign/server"
import { Answer, Card } from "./card"
import { ActionCall, CookieCall, FeedCall, TokenCall } from "./calls"

export const metadata: Metadata = { title: "Calls" }

export default async function Calls() {
  const countersign = await forVisitor()
  const me = await orSignIn("/calls", countersign.GET("/api/me"))
  return (
    <>
      <h1>Every way to call the backend</h1>
      <Card title="Browser with the cookie" file="lib/countersign/browser.ts" call="GET /api/me">
        <p>Your browser sends the session cookie along. The usual way, as long as both hosts share a domain.</p>
        <CookieCall />
      </Card>
      <Card title="Browser with a JWT" file="lib/countersign/browser-jwt.ts" call="GET /api/me">
        <p>A short-lived token of the JWT plugin, kept in memory. For an API on another domain.</p>
        <TokenCall />
      </Card>
      <Card title="Server component" file="lib/countersign/server.ts" call="GET /api/me">
        <p>This page’s server passed your cookie on before it sent the page. Nothing to call any more.</p>
        <Answer value={me} />
      </Card>
      <Card title="Server action" file="app/calls/actions.ts" call="POST /protected/action">
        <p>A write for you, from the server: with your cookie, and your Origin, without which Countersign refuses it.</p>
        <ActionCall />
      </Card>
      <Card title="Route handler with an API key" file="app/feed.xml/route.ts" call="GET /api/posts">
        <p>No visitor, so no cookie: the server’s own key, in lib/countersign/service.ts. It makes the feed of posts.</p>
        <FeedCall />
      </Card>
    </>
  )
}
