import type { Metadata } from "next"
import { notFound } from "next/navigation"
import { PostForm } from "@/components/post-form"
import { findPost } from "@/lib/posts"

export const metadata: Metadata = { title: "Edit a post" }

export default async function EditPost({ params }: PageProps<"/posts/[id]/edit">) {
  const { post, mayEdit } = await findPost((await params).id)
  if (!mayEdit) notFound()
  return (
    <>
      <h1>Edit a post</h1>
      <PostForm post={post} />
    </>
  )
}
