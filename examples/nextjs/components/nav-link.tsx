"use client"
import Link from "next/link"
import { usePathname } from "next/navigation"

// NavLink says where the visitor is. It does not fetch ahead: each of these pages is made for its visitor.
export function NavLink({ href, children }: { href: string; children: string }) {
  const path = usePathname()
  const here = href === "/" ? path === "/" || path.startsWith("/posts") : path.startsWith(href)
  return (
    <Link href={href} prefetch={false} aria-current={here ? "page" : undefined}>
      {children}
    </Link>
  )
}
