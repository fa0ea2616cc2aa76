import type { ReactNode } from "react"

type Props = { title: string; file: string; call: string; children: ReactNode }

// Card is one way to call Countersign, with the file to copy.
export function Card({ title, file, call, children }: Props) {
  const id = title.toLowerCase().replaceAll(" ", "-")
  return (
    <section className="card" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <p className="facts">
        <code>{file}</code>
        <code>{call}</code>
      </p>
      {children}
    </section>
  )
}

// Answer shows what came back.
export function Answer({ value }: { value: unknown }) {
  return (
    <pre tabIndex={0} role="group" aria-label="Answer">
      {typeof value === "string" ? value : JSON.stringify(value, null, 2)}
    </pre>
  )
}
