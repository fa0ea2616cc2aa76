import type { Metadata } from "next"
import { PostForm } from "@/components/post-form"
import { forVisitor, orSignIn } from "@/lib/countersign/server"

export const metadata: Metadata = { title: "Write a post" }

export default async function NewPost() {
  const countersign = await forVisitor()
  await orSignIn("/posts/new", countersign.GET("/api/me"))
  return (
    <>
      <h1>Write a post</h1>
      <PostForm />
    </>
  )
}
