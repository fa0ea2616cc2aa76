import { got, type Post } from "@/lib/countersign/client"
import { ApiError } from "@/lib/countersign/problem"
import { asService } from "@/lib/countersign/service"

// GET is a route handler: a feed has no visitor, so it is fetched with the API key.
export async function GET() {
  try {
    const { posts } = await got(asService().GET("/api/posts", { params: { query: { limit: 20 } } }))
    // The key's user would see their own drafts here; the world must not.
    const feed = atom(posts.filter((post) => post.published))
    return new Response(feed, { headers: { "Content-Type": "application/atom+xml; charset=utf-8" } })
  } catch (error) {
    console.error("the feed could not be made:", error)
    const why = error instanceof ApiError ? "Countersign did not answer as it should" : "COUNTERSIGN_API_KEY is not set"
    return new Response(`There is no feed at the moment: ${why}; the server's log has more.\n`, { status: 503 })
  }
}

const site = process.env.BETTER_AUTH_URL ?? "http://localhost:3000"

// atom and not RSS, whose readers take a text for HTML: in Atom what people wrote is text unless it says otherwise.
function atom(posts: Post[]): string {
  const updated = posts.map((post) => post.updated_at).sort().at(-1) ?? new Date(0).toISOString()
  return `<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<title>Posts</title>
<id>${escape(`${site}/`)}</id>
<link href="${escape(`${site}/`)}"/>
<link rel="self" href="${escape(`${site}/feed.xml`)}"/>
<updated>${updated}</updated>
<author><name>Countersign example</name></author>
${posts.map(entry).join("\n")}
</feed>
`
}

function entry(post: Post): string {
  const link = escape(`${site}/posts/${post.id}`)
  return `<entry><title>${escape(post.title)}</title><id>${link}</id><link href="${link}"/><published>${post.created_at}</published><updated>${post.updated_at}</updated><content type="text">${escape(post.content)}</content></entry>`
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" }

// escape makes text of whatever was posted, and drops control characters, which XML cannot hold.
function escape(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "").replace(/[&<>"']/g, (c) => entities[c]!)
}
