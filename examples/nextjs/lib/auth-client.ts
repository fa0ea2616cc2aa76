import { jwtClient } from "better-auth/client/plugins"
import { createAuthClient } from "better-auth/react"

// authClient talks to Better Auth in this app, from the browser.
export const authClient = createAuthClient({ plugins: [jwtClient()] })

type Failure = { status: number; code?: string; message?: string }

// wordsFor says to people why Better Auth refused a sign-in or a sign-up.
export function wordsFor(error: Failure, retryAfter: string | null): string {
  if (error.code === "BANNED_USER") return "This account is banned. If you think that is a mistake, write to us."
  if (error.status === 429) return `Too many tries. Wait ${retryAfter ?? "some"} seconds, then try again.`
  if (error.status === 0 || error.status >= 500) return "That is not possible at the moment. Try again."
  return error.message ?? "That did not work. Check what you typed."
}
