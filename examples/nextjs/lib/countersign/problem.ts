import type { components } from "./schema"

type Problem = components["schemas"]["Problem"]

// Kind is what an error means to the person in front of the page.
export type Kind = "signed-out" | "banned" | "forbidden" | "missing" | "wrong" | "too-many" | "away" | "broken"

// ApiError is a call to Countersign that did not succeed. Its message is for people; code is Countersign's,
// for programs; requestId finds the matching lines in Countersign's log.
export class ApiError extends Error {
  readonly kind: Kind
  readonly code?: string
  readonly requestId?: string
  // Next.js keeps the message of a server's error from the browser and passes on the digest alone, so the
  // words for people are in there too. They hold nothing that the visitor may not know.
  readonly digest: string

  constructor(kind: Kind, message: string, problem?: Partial<Problem>, cause?: unknown) {
    super(message, { cause })
    this.name = "ApiError"
    this.kind = kind
    this.code = problem?.code
    this.requestId = problem?.request_id
    this.digest = `countersign ${kind}: ${message}`
  }

  // endsSession says that signing in again is the way on.
  get endsSession(): boolean {
    return this.kind === "signed-out" || this.kind === "banned"
  }
}

// told is what a page may say about an error of the server or the browser, and whether another try may help.
export function told(error: { digest?: string }): { message: string; hopeless: boolean } {
  const [, kind, message] = error.digest?.match(/^countersign ([a-z-]+): (.*)$/s) ?? []
  if (!kind || !message) return { message: "Something went wrong on our side.", hopeless: false }
  return { message, hopeless: ["forbidden", "missing", "wrong"].includes(kind) }
}

// failure is the error behind an answer that is not a success.
export function failure(response: Response, body: unknown): ApiError {
  const problem: Partial<Problem> = typeof body === "object" && body ? body : {}
  const kind = kindOf(response.status, problem.code)
  return new ApiError(kind, words(kind, problem, response.headers.get("Retry-After")), problem)
}

// unreachable is thrown where there was no answer at all: no network, no server, no permission by CORS, or a
// server that took too long. What it does not know is thrown on as it is, Next.js's own signals among it.
export function unreachable(cause: unknown): never {
  const known = cause instanceof TypeError || (cause instanceof DOMException && cause.name === "TimeoutError")
  throw known ? new ApiError("away", words("away", {}, null), {}, cause) : cause
}

function kindOf(status: number, code?: string): Kind {
  if (status === 401) return "signed-out"
  if (code === "inactive_user") return "banned"
  if (status === 403) return "forbidden"
  if (status === 404) return "missing"
  if (status === 429) return "too-many"
  // 503 is "could not check", which is not "signed out": whoever asks again in a moment is still signed in.
  if (status >= 502 && status <= 504) return "away"
  return status < 500 ? "wrong" : "broken"
}

function words(kind: Kind, problem: Partial<Problem>, retryAfter: string | null): string {
  switch (kind) {
    case "signed-out":
      return "Your session has ended. Sign in again."
    case "banned":
      return "This account is banned."
    case "forbidden":
      return `You are not allowed to do this. ${problem.detail ?? ""}`.trim()
    case "missing":
      return "This is not there, or not for you to see."
    case "wrong":
      return problem.errors?.map(({ field, message }) => `${field}: ${message}`).join("; ") || problem.detail || "That was refused."
    case "too-many":
      return `Too many requests. Wait ${retryAfter ?? "some"} seconds, then try again.`
    case "away":
      return "The backend cannot be reached at the moment."
    case "broken":
      return `Something went wrong in the backend. Its log has the reason under ${problem.request_id ?? "this moment"}.`
  }
}
