import type { Metadata } from "next"
import Link from "next/link"
import { forVisitor, orSignIn } from "@/lib/countersign/server"
import { UserFacts } from "../../user-facts"
import { BanForm } from "./ban-form"
import { RoleForm } from "./role-form"
import { UserSessions } from "./user-sessions"

export const metadata: Metadata = { title: "User" }

export default async function UserPage({ params }: PageProps<"/admin/users/[id]">) {
  const { id } = await params
  const of = { params: { path: { id } } }
  const countersign = await forVisitor()
  const [user, { sessions }] = await Promise.all([
    orSignIn(`/admin/users/${id}`, countersign.GET("/api/admin/users/{id}", of)),
    orSignIn(`/admin/users/${id}`, countersign.GET("/api/admin/users/{id}/sessions", of)),
  ])
  return (
    <>
      <h1>{user.email}</h1>
      <UserFacts user={user} />
      <RoleForm user={user} />
      <BanForm user={user} />
      <UserSessions user={user} sessions={sessions} />
      <p>
        <Link href={`/admin/audit?user=${user.id}`} prefetch={false}>
          What happened to this account
        </Link>
      </p>
    </>
  )
}
