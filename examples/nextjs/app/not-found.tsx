import type { Metadata } from "next"
import Link from "next/link"

export const metadata: Metadata = { title: "Not found" }

export default function NotFound() {
  return (
    <>
      <h1>Not found</h1>
      <p>This page is not there, or it is not for you to see.</p>
      <p>
        <Link href="/">All posts</Link>
      </p>
    </>
  )
}
