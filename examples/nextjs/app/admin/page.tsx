import type { Metadata } from "next"
import Form from "next/form"
import Link from "next/link"
import { forVisitor, orSignIn } from "@/lib/countersign/server"
import { one, pageWith } from "@/lib/query"
import { UserFacts } from "./user-facts"

export const metadata: Metadata = { title: "Users" }

export default async function Users({ searchParams }: PageProps<"/admin">) {
  const asked = await searchParams
  const query = { q: one(asked, "q"), role: one(asked, "role"), banned: bannedOf(one(asked, "banned")), cursor: one(asked, "cursor") }
  const countersign = await forVisitor()
  const { users, total, next_cursor } = await orSignIn(pageWith("/admin", asked), countersign.GET("/api/admin/users", { params: { query } }))
  return (
    <>
      <h1>Users</h1>
      <Form action="/admin" className="inline" key={JSON.stringify(query)}>
        <label>
          Search
          <input name="q" type="search" placeholder="Name or email" defaultValue={query.q} />
        </label>
        <label>
          Role
          <select name="role" defaultValue={query.role}>
            <option value="">Any</option>
            <option value="user">user</option>
            <option value="moderator">moderator</option>
            <option value="admin">admin</option>
          </select>
        </label>
        <label>
          Banned
          <select name="banned" defaultValue={query.banned?.toString()}>
            <option value="">Any</option>
            <option value="true">Yes</option>
            <option value="false">No</option>
          </select>
        </label>
        <button>Search</button>
      </Form>
      <p role="status" className="facts">
        {total === 1 ? "1 user" : `${total} users`}
      </p>
      <ul className="rows">
        {users.map((user) => (
          <li key={user.id}>
            <div>
              <Link href={`/admin/users/${user.id}`} prefetch={false}>
                {user.email}
              </Link>
              <UserFacts user={user} />
            </div>
          </li>
        ))}
      </ul>
      {users.length === 0 && <p className="empty">Nobody is like that.</p>}
      {next_cursor && (
        <Link className="button plain" href={pageWith("/admin", asked, { cursor: next_cursor })} prefetch={false}>
          Next page
        </Link>
      )}
    </>
  )
}

function bannedOf(value: string | undefined): boolean | undefined {
  return value === undefined ? undefined : value === "true"
}
