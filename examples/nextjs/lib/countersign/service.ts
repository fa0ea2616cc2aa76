import "server-only"
import { connect } from "./client"

// asService calls Countersign with an API key, where there is no visitor: feeds, jobs, webhooks. The key is
// a user's and may do what that user may; it stays on this server.
export function asService() {
  const key = process.env.COUNTERSIGN_API_KEY
  if (!key) throw new Error("COUNTERSIGN_API_KEY is not set: make a key as the README says, and put it in .env.local")
  return connect({ headers: { "x-api-key": key } })
}
