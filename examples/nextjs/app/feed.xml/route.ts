import { got, type Post } from "@/lib/countersign/client"
import { ApiError } from "@/lib/countersign/problem"
import { asService } from "@/lib/countersign/service"

// GET is a route handler: a feed has no visitor, so it is fetched with the API key.
export async function GET() {
  try {
    const { posts } = await got(asService().GET("/api/posts", { params: { query: { limit: 20 } } }))
    // The key's user would see their own drafts here; the world must not.
    const feed = rss(posts.filter((post) => post.published))
    return new Response(feed, { headers: { "Content-Type": "application/rss+xml; charset=utf-8" } })
  } catch (error) {
    console.error("the feed could not be made:", error)
    const why = error instanceof ApiError ? "Countersign did not answer as it should" : "COUNTERSIGN_API_KEY is not set"
    return new Response(`There is no feed at the moment: ${why}; the server's log has more.\n`, { status: 503 })
  }
}

const site = process.env.BETTER_AUTH_URL ?? "http://localhost:3000"

function rss(posts: Post[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel>
<title>Posts</title>
<link>${escape(site)}</link>
<description>The newest posts</description>
${posts.map(item).join("\n")}
</channel></rss>
`
}

function item(post: Post): string {
  const link = escape(`${site}/posts/${post.id}`)
  const published = new Date(post.created_at).toUTCString()
  return `<item><title>${escape(post.title)}</title><link>${link}</link><guid>${link}</guid><pubDate>${published}</pubDate><description>${escape(post.content)}</description></item>`
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" }

// escape makes text of whatever was posted, and drops control characters, which XML cannot hold.
function escape(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "").replace(/[&<>"']/g, (c) => entities[c]!)
}
