import type { ButtonHTMLAttributes } from "react"

type Props = ButtonHTMLAttributes<HTMLButtonElement> & { busy: boolean }

// Button shows that a call is under way. It is not disabled meanwhile, since that would take the focus away;
// whoever runs the call ignores a second click.
export function Button({ busy, ...rest }: Props) {
  return <button {...rest} aria-busy={busy} aria-disabled={busy} />
}
