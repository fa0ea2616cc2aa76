import type { User } from "@/lib/countersign/client"
import { dayOf } from "@/lib/format"

export function UserFacts({ user }: { user: User }) {
  return (
    <p className="facts">
      {user.name && <span>{user.name}</span>}
      <span>since {dayOf(user.created_at)}</span>
      {user.roles.map((role) => (
        <span key={role} className="badge">
          {role}
        </span>
      ))}
      {user.banned && <span className="badge warn">Banned</span>}
    </p>
  )
}
