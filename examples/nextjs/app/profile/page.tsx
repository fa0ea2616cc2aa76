import type { Metadata } from "next"
import { forVisitor, orSignIn } from "@/lib/countersign/server"
import { dayOf } from "@/lib/format"
import { NameForm } from "./name-form"

export const metadata: Metadata = { title: "Profile" }

export default async function Profile() {
  const countersign = await forVisitor()
  const me = await orSignIn("/profile", countersign.GET("/api/me"))
  return (
    <>
      <h1>Profile</h1>
      <dl className="card">
        <dt>Email</dt>
        <dd>{me.email}</dd>
        <dt>Name</dt>
        <dd>{me.name ?? "—"}</dd>
        <dt>{me.roles.length > 1 ? "Roles" : "Role"}</dt>
        <dd>{me.roles.join(", ")}</dd>
        <dt>Since</dt>
        <dd>
          <time dateTime={me.created_at}>{dayOf(me.created_at)}</time>
        </dd>
      </dl>
      <NameForm name={me.name ?? ""} />
    </>
  )
}
