import { apiKey } from "@better-auth/api-key"
import { createClient } from "@libsql/client"
import { LibsqlDialect } from "@libsql/kysely-libsql"
import { betterAuth } from "better-auth"
import { APIError } from "better-auth/api"
import { nextCookies } from "better-auth/next-js"
import { admin, bearer, jwt } from "better-auth/plugins"
import { Pool } from "pg"

// `next build` loads this file too, and has no database.
const building = process.env.NEXT_PHASE === "phase-production-build"

function openDatabase(url: string | undefined) {
  if (building) url = "file::memory:"
  if (!url) throw new Error("DATABASE_URL is not set: give it the database that Countersign uses, in .env.local")
  if (!url.startsWith("file:")) return postgres(url)
  return sqlite(url)
}

function postgres(url: string) {
  const pool = new Pool({ connectionString: url })
  // Without a listener a connection that the database closed would end the process.
  pool.on("error", (error) => console.error("an idle connection to the database was lost:", error.message))
  return pool
}

function sqlite(url: string) {
  const client = createClient({ url })
  // Countersign writes to the same file: wait for its writes, and read beside them. For a file libsql works
  // at once, so these are done before the first query.
  void client.execute("PRAGMA busy_timeout = 5000")
  void client.execute("PRAGMA journal_mode = WAL")
  return { dialect: new LibsqlDialect({ client }), type: "sqlite" as const }
}

async function boundName({ name = "" }: { name?: string }) {
  if (name.length > 200) throw new APIError("BAD_REQUEST", { message: "A name must have at most 200 characters." })
}

export const auth = betterAuth({
  database: openDatabase(process.env.DATABASE_URL),
  emailAndPassword: { enabled: true },
  telemetry: { enabled: false },
  // Better Auth takes names of any length; this is what Countersign allows at /api/me.
  databaseHooks: { user: { create: { before: boundName }, update: { before: boundName } } },
  plugins: [
    admin(), // roles and bans
    bearer(), // clients that keep no cookies
    jwt(), // tokens that other services can check by themselves
    apiKey(), // programs without a visitor
    nextCookies(), // server actions may set cookies; stays the last one
  ],
})
