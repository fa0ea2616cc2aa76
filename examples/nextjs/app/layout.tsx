import type { Metadata, Viewport } from "next"
import type { ReactNode } from "react"
import { Header } from "@/components/header"
import "./styles/base.css"
import "./styles/header.css"
import "./styles/content.css"
import "./styles/forms.css"
import "./styles/messages.css"

export const metadata: Metadata = {
  title: { default: "Posts · Countersign example", template: "%s · Countersign example" },
  description: "A front end with Better Auth in Next.js and Countersign as its backend.",
  alternates: { types: { "application/atom+xml": "/feed.xml" } },
}

export const viewport: Viewport = { colorScheme: "light dark" }

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <a className="skip" href="#main">
          Skip to the content
        </a>
        <Header />
        <main id="main" tabIndex={-1}>
          {children}
        </main>
      </body>
    </html>
  )
}
