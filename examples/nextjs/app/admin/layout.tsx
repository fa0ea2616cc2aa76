import type { ReactNode } from "react"
import { AdminLink } from "./admin-link"

// The layout guards nothing: each page asks Countersign, which refuses whoever is not an admin.
export default function AdminLayout({ children }: { children: ReactNode }) {
  return (
    <>
      <nav className="tabs" aria-label="Admin">
        <AdminLink href="/admin">Users</AdminLink>
        <AdminLink href="/admin/audit">Audit trail</AdminLink>
      </nav>
      {children}
    </>
  )
}
