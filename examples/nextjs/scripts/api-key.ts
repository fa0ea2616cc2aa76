// Makes an API key for a user and prints it, which is the only time that it can be seen: npm run -s api-key -- EMAIL
import { auth } from "../lib/auth"

const email = process.argv[2] ?? ""
const { internalAdapter } = await auth.$context
const found = await internalAdapter.findUserByEmail(email)
if (!found) {
  console.error(email ? `there is no user ${email}` : "say whose key it is to be: npm run -s api-key -- EMAIL")
  process.exit(1)
}

// The plugin allows ten uses a day unless it is told otherwise: too few for a feed.
const limits = { rateLimitMax: 1000, rateLimitTimeWindow: 60_000 }
const { key } = await auth.api.createApiKey({ body: { userId: found.user.id, name: "example", ...limits } })
console.log(key)
process.exit() // a pool of connections would keep it alive
