import createClient, { type ClientOptions } from "openapi-fetch"
import { failure, unreachable } from "./problem"
import type { components, paths } from "./schema"

export type Me = components["schemas"]["Me"]
export type Post = components["schemas"]["Post"]
export type Posts = components["schemas"]["Posts"]
export type User = components["schemas"]["User"]
export type Session = components["schemas"]["Session"]
export type AuditEvent = components["schemas"]["Audit"]

// Call is what a client gives: an answer, or a problem document.
export type Call<T> = Promise<{ data?: T; error?: unknown; response: Response }>

// connect makes a client that knows every path of Countersign's /openapi.json. Nothing is kept between calls
// (no-store): what one visitor may see must never be shown to another, and a ban has to show at once. A call
// gives up after ten seconds.
export function connect(options: Omit<ClientOptions, "baseUrl">) {
  return createClient<paths>({
    baseUrl: process.env.NEXT_PUBLIC_API_URL || "http://localhost:8080",
    cache: "no-store",
    fetch: (request) => fetch(request, { signal: AbortSignal.timeout(10_000) }),
    ...options,
  })
}

// got waits for a call and gives its answer; everything else is thrown as an ApiError.
export async function got<T>(call: Call<T>): Promise<T> {
  const { data, error, response } = await call.catch(unreachable)
  if (!response.ok) throw failure(response, error)
  return data as T
}
