// An app on a phone: Better Auth's own client with the bearer plugin, no cookies, and no Origin for Countersign.
import assert from "node:assert/strict"
import { createAuthClient } from "better-auth/client"
import { ada } from "./writing.mjs"

export function native(step, cast) {
  step("a native client opens the backend with the token of its sign-in, until it signs out", async () => {
    const { web, api } = cast.stage.stack
    const secureStore = new Map() // expo-secure-store in its place
    const authClient = createAuthClient({
      baseURL: web,
      fetchOptions: {
        // Node.js says Sec-Fetch-Mode as browsers do, which has Better Auth ask for an Origin too. A phone says neither.
        headers: { Origin: web },
        auth: { type: "Bearer", token: () => secureStore.get("session") },
        onSuccess: ({ response }) => {
          const token = response.headers.get("set-auth-token")
          if (token) secureStore.set("session", token)
        },
      },
    })
    const call = (path, init = {}) => fetch(api + path, { ...init, headers: { Authorization: `Bearer ${secureStore.get("session")}`, ...init.headers } })

    const { error } = await authClient.signIn.email({ email: ada.email, password: ada.password })
    assert.equal(error, null)
    assert.equal((await (await call("/api/me")).json()).email, ada.email)
    const body = JSON.stringify({ title: "From a phone", content: "" })
    const written = await call("/api/posts", { method: "POST", headers: { "Content-Type": "application/json" }, body })
    assert.equal(written.status, 201)
    assert.equal((await authClient.getSession()).data.user.email, ada.email)
    assert.equal((await authClient.signOut()).error, null)
    assert.equal((await call("/api/me")).status, 401)
  })
}
