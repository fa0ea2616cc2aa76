"use client"
import Link from "next/link"
import { useState } from "react"
import { browser } from "@/lib/countersign/browser"
import { got, type Post, type Posts } from "@/lib/countersign/client"
import { dayOf } from "@/lib/format"
import { Button } from "./button"
import { useCall } from "./use-call"

// PostList begins with what the server sent along, and asks for more from the browser.
export function PostList({ first }: { first: Posts }) {
  const { run, busy, message } = useCall()
  const [more, setMore] = useState<Posts[]>([])
  const pages = [first, ...more]
  const cursor = pages.at(-1)?.next_cursor

  async function load() {
    const query = { cursor: cursor ?? undefined }
    const next = await got(browser.GET("/api/posts", { params: { query } }))
    setMore([...more, next])
  }

  const posts = pages.flatMap((page) => page.posts)
  if (posts.length === 0) return <p className="empty">Nothing has been published yet.</p>
  return (
    <>
      <ul className="posts">
        {posts.map((post) => (
          <PostItem key={post.id} post={post} />
        ))}
      </ul>
      {message}
      {cursor && (
        <Button type="button" className="plain" busy={busy} onClick={() => run(load)}>
          Show more
        </Button>
      )}
    </>
  )
}

function PostItem({ post }: { post: Post }) {
  return (
    <li>
      <h2>
        <Link href={`/posts/${post.id}`} prefetch={false}>
          {post.title}
        </Link>
      </h2>
      <p className="excerpt">{post.content}</p>
      <PostFacts post={post} />
    </li>
  )
}

export function PostFacts({ post }: { post: Post }) {
  return (
    <p className="facts">
      <time dateTime={post.created_at}>{dayOf(post.created_at)}</time>
      {post.mine && <span className="badge">Yours</span>}
      {!post.published && <span className="badge warn">Draft</span>}
    </p>
  )
}
