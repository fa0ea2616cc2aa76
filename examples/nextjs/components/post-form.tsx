"use client"
import { useRouter } from "next/navigation"
import { useRef } from "react"
import { browser } from "@/lib/countersign/browser"
import { got, type Post } from "@/lib/countersign/client"
import { Button } from "./button"
import { useCall } from "./use-call"

// PostForm writes a new post, or changes one, from the browser. What was typed stays when saving fails.
export function PostForm({ post }: { post?: Post }) {
  const router = useRouter()
  const form = useRef<HTMLFormElement>(null)
  const { run, busy, message } = useCall()

  async function save() {
    const fields = new FormData(form.current!)
    const body = {
      title: String(fields.get("title")),
      content: String(fields.get("content")),
      published: fields.get("published") === "on",
    }
    const saved = await got(
      post
        ? browser.PATCH("/api/posts/{id}", { params: { path: { id: post.id } }, body })
        : browser.POST("/api/posts", { body }),
    )
    router.push(`/posts/${saved.id}`)
  }

  return (
    <form
      ref={form}
      onSubmit={(event) => {
        event.preventDefault()
        void run(save)
      }}
    >
      <label>
        Title
        <input name="title" maxLength={200} pattern=".*\S.*" title="Not only spaces" defaultValue={post?.title} required />
      </label>
      <label>
        Content
        <textarea name="content" rows={12} maxLength={100_000} defaultValue={post?.content} />
      </label>
      <label className="check">
        <input name="published" type="checkbox" defaultChecked={post?.published} />
        Published
      </label>
      {message}
      <Button busy={busy}>Save</Button>
    </form>
  )
}
