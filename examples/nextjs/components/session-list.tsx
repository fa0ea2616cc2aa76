import type { Session } from "@/lib/countersign/client"
import { inFull, program } from "@/lib/format"
import { Button } from "./button"

type Props = { sessions: Session[]; busy: boolean; end: (session: Session) => void }

export function SessionList({ sessions, busy, end }: Props) {
  return (
    <ul className="rows">
      {sessions.map((session) => (
        <li key={session.id}>
          <div>
            <strong>{program(session.user_agent)}</strong> {session.current && <span className="badge">This one</span>}{" "}
            {session.impersonated_by && <span className="badge warn">An admin in your place</span>}
            <p className="facts">
              {session.ip_address && <span>{session.ip_address}</span>}
              <span>since {inFull(session.created_at)}</span>
            </p>
          </div>
          {!session.current && (
            <Button type="button" className="plain" busy={busy} onClick={() => end(session)}>
              End
            </Button>
          )}
        </li>
      ))}
    </ul>
  )
}
