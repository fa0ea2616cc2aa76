// Makes the tables that Better Auth wants for lib/auth.ts, or adds what is missing: tsx scripts/migrate.ts
import { getMigrations } from "better-auth/db/migration"
import { auth } from "../lib/auth"

const { runMigrations } = await getMigrations(auth.options)
await runMigrations()
process.exit() // a pool of connections would keep it alive
