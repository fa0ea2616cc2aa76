import Link from "next/link"
import { PostList } from "@/components/post-list"
import { forVisitor, orSignIn } from "@/lib/countersign/server"

// The page can be read by everybody; who is signed in sees their own drafts too.
export default async function Home() {
  const countersign = await forVisitor()
  const first = await orSignIn("/", countersign.GET("/api/posts"))
  return (
    <>
      <div className="title">
        <h1>Posts</h1>
        {first.personalized && (
          <Link className="button" href="/posts/new">
            Write a post
          </Link>
        )}
      </div>
      <PostList first={first} />
    </>
  )
}
