// A page of another origin, open in the browser of a user who is signed in, cannot write for her.
import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer } from "node:http"

const post = { title: "Written by somebody else", content: "" }

export function foreign(step, cast) {
  // Another port of localhost is another origin but the same site, so that the browser sends the cookie along;
  // 127.0.0.1 is another site, and it does not.
  for (const [host, refusal] of [["localhost", 403], ["127.0.0.1", 401]]) {
    step(`a page of ${host} at another port cannot write with the user's cookie`, async () => {
      const server = createServer((_, answer) => answer.setHeader("content-type", "text/html").end("<title>foreign</title>")).listen(0)
      await once(server, "listening")
      const page = await cast.user.context.newPage()
      try {
        await page.goto(`http://${host}:${server.address().port}`)
        const url = `${cast.stage.stack.api}/api/posts`
        const [blind] = await Promise.all([page.waitForResponse(url), page.evaluate(write, { url, post, mode: "no-cors" })])
        assert.equal(blind.status(), refusal)
        assert.match(await page.evaluate(write, { url, post, mode: "cors" }), /Failed to fetch/)
      } finally {
        await page.close()
        server.close()
      }
      const answer = await fetch(`${cast.stage.stack.api}/api/posts`, { headers: { cookie: await cast.user.cookie() } })
      const { posts } = await answer.json()
      assert.ok(posts.every(({ title }) => title !== post.title))
    })
  }
}

// write runs in the foreign page. Without CORS it may send plain text only, as a form of another site can.
function write({ url, post, mode }) {
  const headers = { "content-type": mode === "cors" ? "application/json" : "text/plain" }
  return fetch(url, { method: "POST", mode, credentials: "include", headers, body: JSON.stringify(post) }).then((a) => a.type, String)
}
