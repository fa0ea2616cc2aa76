"use client"
import { useRouter } from "next/navigation"
import { useRef } from "react"
import { browser } from "@/lib/countersign/browser"
import { got, type Post } from "@/lib/countersign/client"
import { Button } from "./button"
import { useCall } from "./use-call"

// DeletePost asks first. The browser's own dialog keeps the focus inside, closes on Escape, and gives the focus back.
export function DeletePost({ post }: { post: Post }) {
  const router = useRouter()
  const dialog = useRef<HTMLDialogElement>(null)
  const { run, busy, message } = useCall()

  async function remove() {
    await got(browser.DELETE("/api/posts/{id}", { params: { path: { id: post.id } } }))
    router.push("/")
  }

  return (
    <>
      <button type="button" className="danger" onClick={() => dialog.current?.showModal()}>
        Delete
      </button>
      <dialog ref={dialog} aria-labelledby="delete-title">
        <h2 id="delete-title">Delete “{post.title}”?</h2>
        <p>It cannot be brought back.</p>
        {message}
        <div className="actions">
          <button type="button" className="plain" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <Button type="button" className="danger" busy={busy} onClick={() => run(remove)}>
            Delete post
          </Button>
        </div>
      </dialog>
    </>
  )
}
