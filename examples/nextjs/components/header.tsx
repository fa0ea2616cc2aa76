import { visitor } from "@/lib/visitor"
import { NavLink } from "./nav-link"
import { SignOut } from "./sign-out"
import { StaySignedIn } from "./stay-signed-in"

export async function Header() {
  const user = await visitor()
  // Links are for convenience: who follows one that is not theirs is refused by Countersign.
  const isAdmin = user?.role?.split(",").includes("admin")
  return (
    <header className="top">
      <nav aria-label="Main">
        <NavLink href="/">Posts</NavLink>
        {user && (
          <>
            <NavLink href="/profile">Profile</NavLink>
            <NavLink href="/sessions">Sessions</NavLink>
            <NavLink href="/calls">Calls</NavLink>
            {isAdmin && <NavLink href="/admin">Admin</NavLink>}
          </>
        )}
      </nav>
      <div className="who">
        {user && (
          <>
            <span className="name">{user.name || user.email}</span>
            <SignOut />
            <StaySignedIn userId={user.id} />
          </>
        )}
        {user === null && (
          <>
            <NavLink href="/sign-in">Sign in</NavLink>
            <NavLink href="/sign-up">Sign up</NavLink>
          </>
        )}
      </div>
    </header>
  )
}
