import "server-only"
import { notFound } from "next/navigation"
import { cache } from "react"
import { ApiError } from "./countersign/problem"
import { got, type Me } from "./countersign/client"
import { forVisitor, hadSession, orSignIn } from "./countersign/server"

// findPost gives a post and who looks at it. `cache` is for one request: the page and its title ask together.
export const findPost = cache(async (id: string) => {
  if (!/^[1-9]\d{0,15}$/.test(id)) notFound()
  const countersign = await forVisitor()
  const [post, me] = await Promise.all([
    orSignIn(`/posts/${id}`, countersign.GET("/api/posts/{id}", { params: { path: { id: Number(id) } } })),
    (await hadSession()) ? got(countersign.GET("/api/me")).catch(nobody) : undefined,
  ])
  return { post, mayEdit: post.mine || isEditor(me), mayDelete: isEditor(me) }
})

// nobody is for visitors whose session is over. That it could not be checked is another thing.
function nobody(error: unknown): undefined {
  if (!(error instanceof ApiError && error.endsSession)) throw error
}

// isEditor says which buttons to show. Countersign holds the rule itself.
function isEditor(me: Me | undefined): boolean {
  return me?.roles.some((role) => role === "moderator" || role === "admin") ?? false
}
