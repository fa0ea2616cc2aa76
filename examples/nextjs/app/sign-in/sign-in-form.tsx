"use client"
import Link from "next/link"
import { useRouter } from "next/navigation"
import { useEffect } from "react"
import { AccountForm } from "@/components/account-form"
import { ownAddress } from "@/lib/addresses"
import { authClient } from "@/lib/auth-client"

export function SignInForm({ ended, next }: { ended: boolean; next: string | null }) {
  const router = useRouter()

  // The header may still show who was signed in.
  useEffect(() => {
    if (ended) router.refresh()
  }, [ended, router])

  return (
    <div className="narrow">
      <AccountForm
        title="Sign in"
        first={ended ? "Your session has ended. Sign in to go on." : undefined}
        send={(field, options) => authClient.signIn.email({ email: field("email"), password: field("password") }, options)}
        to={() => ownAddress(next)}
      >
        <label>
          Email
          <input name="email" type="email" autoComplete="username" required />
        </label>
        <label>
          Password
          <input name="password" type="password" autoComplete="current-password" required />
        </label>
      </AccountForm>
      <p className="aside">
        No account yet? <Link href="/sign-up">Create one</Link>
      </p>
    </div>
  )
}
