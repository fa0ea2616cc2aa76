import type { Metadata } from "next"
import Link from "next/link"
import { DeletePost } from "@/components/delete-post"
import { PostFacts } from "@/components/post-list"
import { findPost } from "@/lib/posts"

export async function generateMetadata({ params }: PageProps<"/posts/[id]">): Promise<Metadata> {
  const { post } = await findPost((await params).id)
  return { title: post.title }
}

export default async function PostPage({ params }: PageProps<"/posts/[id]">) {
  const { post, mayEdit, mayDelete } = await findPost((await params).id)
  return (
    <article>
      <h1>{post.title}</h1>
      <PostFacts post={post} />
      <p className="prose">{post.content}</p>
      <div className="actions">
        {mayEdit && (
          <Link className="button plain" href={`/posts/${post.id}/edit`} prefetch={false}>
            Edit
          </Link>
        )}
        {mayDelete && <DeletePost post={post} />}
      </div>
    </article>
  )
}
