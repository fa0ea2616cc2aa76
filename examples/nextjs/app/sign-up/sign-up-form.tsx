"use client"
import Link from "next/link"
import { AccountForm } from "@/components/account-form"
import { authClient } from "@/lib/auth-client"

export function SignUpForm() {
  return (
    <div className="narrow">
      <AccountForm
        title="Sign up"
        send={(field, options) =>
          authClient.signUp.email({ name: field("name"), email: field("email"), password: field("password") }, options)
        }
        to={() => "/profile"}
      >
        <label>
          Name
          <input name="name" autoComplete="name" maxLength={200} required />
        </label>
        <label>
          Email
          <input name="email" type="email" autoComplete="username" required />
        </label>
        <label>
          Password
          <input
            name="password"
            type="password"
            autoComplete="new-password"
            minLength={8}
            maxLength={128}
            aria-describedby="rule"
            required
          />
        </label>
        <p id="rule" className="hint">
          At least 8 characters.
        </p>
      </AccountForm>
      <p className="aside">
        You have an account? <Link href="/sign-in">Use it</Link>
      </p>
    </div>
  )
}
