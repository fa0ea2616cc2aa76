import type { Metadata } from "next"
import Link from "next/link"
import type { AuditEvent } from "@/lib/countersign/client"
import { forVisitor, orSignIn } from "@/lib/countersign/server"
import { inFull } from "@/lib/format"
import { one, pageWith } from "@/lib/query"

export const metadata: Metadata = { title: "Audit trail" }

export default async function Audit({ searchParams }: PageProps<"/admin/audit">) {
  const asked = await searchParams
  const query = { cursor: one(asked, "cursor"), user: one(asked, "user") }
  const countersign = await forVisitor()
  const { events, next_cursor } = await orSignIn(pageWith("/admin/audit", asked), countersign.GET("/api/admin/audit", { params: { query } }))
  return (
    <>
      <h1>Audit trail{query.user && " of one user"}</h1>
      <p className="aside">What was done to accounts through Countersign. Better Auth’s own sign-ins are not in here.</p>
      <ul className="rows">
        {events.map((event) => (
          <li key={event.id}>
            <div>
              <strong>{event.type.replaceAll("_", " ")}</strong> {event.detail}
              <EventFacts event={event} />
            </div>
          </li>
        ))}
      </ul>
      {events.length === 0 && <p className="empty">Nothing has happened yet.</p>}
      {next_cursor && (
        <Link className="button plain" href={pageWith("/admin/audit", asked, { cursor: next_cursor })} prefetch={false}>
          Next page
        </Link>
      )}
    </>
  )
}

function EventFacts({ event }: { event: AuditEvent }) {
  return (
    <p className="facts">
      <time dateTime={event.created_at}>{inFull(event.created_at)}</time>
      {event.user_id && (
        <Link href={`/admin/users/${event.user_id}`} prefetch={false}>
          on user {event.user_id.slice(0, 8)}
        </Link>
      )}
      {event.actor_id && (
        <Link href={`/admin/users/${event.actor_id}`} prefetch={false}>
          by user {event.actor_id.slice(0, 8)}
        </Link>
      )}
      {event.ip_address && <span>{event.ip_address}</span>}
    </p>
  )
}
