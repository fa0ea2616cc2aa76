"use client"
import Link from "next/link"
import { usePathname } from "next/navigation"

export function AdminLink({ href, children }: { href: string; children: string }) {
  const onAudit = usePathname().startsWith("/admin/audit")
  const here = onAudit === href.startsWith("/admin/audit")
  return (
    <Link href={href} prefetch={false} aria-current={here ? "page" : undefined}>
      {children}
    </Link>
  )
}
