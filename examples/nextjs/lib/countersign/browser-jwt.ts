import { authClient } from "@/lib/auth-client"
import { connect } from "./client"
import { ApiError, unreachable } from "./problem"

// known is in memory only: what is in localStorage, every script of the page can read for as long as it lies
// there. It goes with the page; sign-in and sign-out load a new one.
let known: { token: string; until: number } | undefined

// browserWithToken calls Countersign from a page with a token of Better Auth's JWT plugin in place of the
// cookie: for an API on a domain of its own, where the browser would send no cookie.
export const browserWithToken = connect({ credentials: "omit" })

browserWithToken.use({
  async onRequest({ request }) {
    request.headers.set("Authorization", `Bearer ${await currentToken()}`)
  },
  onResponse({ response }) {
    if (response.status === 401) known = undefined
  },
})

// currentToken asks for another one half a minute before the old one ends.
async function currentToken(): Promise<string> {
  if (known && Date.now() < known.until - 30_000) return known.token
  const { data, error } = await authClient.token().catch(unreachable)
  if (error?.status === 401) throw new ApiError("signed-out", "Your session has ended. Sign in again.")
  if (!data) throw new ApiError("away", "No token can be had at the moment.")
  known = { token: data.token, until: endOf(data.token) }
  return data.token
}

// endOf reads when a token ends, in milliseconds. Whether it is a good one is for Countersign to say.
function endOf(token: string): number {
  const payload = token.split(".")[1] ?? ""
  return JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))).exp * 1000
}
