// Two browsers: what an admin does in one shows in the other at its next click.
import assert from "node:assert/strict"
import { ada } from "./writing.mjs"

export function administration(step, cast) {
  step("an admin signs in, finds the user and makes a moderator of her", async () => {
    const admin = (cast.admin = await cast.stage.visitor())
    await admin.signIn(cast.stage.stack.admin)
    await admin.at("/")
    await admin.link("Admin").click()
    await admin.page.getByRole("searchbox", { name: "Search" }).fill("ada@")
    await admin.button("Search").click()
    await admin.page.getByText("service@example.com").waitFor({ state: "hidden" })
    await admin.picture("admin")
    await admin.page.getByRole("link", { name: ada.email }).click()
    await admin.at(/^\/admin\/users\/[^/]+$/)
    cast.account = new URL(admin.page.url()).pathname
    await admin.choice("Role").selectOption("moderator")
    await admin.button("Change role").click()
    await admin.page.getByRole("status").filter({ hasText: "moderator" }).waitFor()
    const me = await fetch(`${cast.stage.stack.api}/api/me`, { headers: { cookie: await cast.user.cookie() } })
    assert.deepEqual((await me.json()).roles, ["moderator"])
    await admin.picture("admin-user")
  })

  step("the moderator deletes a post, after she was asked", async () => {
    const { user, post } = cast
    await user.goto(post)
    await user.button("Delete").click()
    const dialog = user.page.getByRole("dialog")
    await dialog.waitFor()
    await user.page.keyboard.press("Escape")
    await dialog.waitFor({ state: "hidden" })
    await user.button("Delete").click()
    await dialog.getByRole("button", { name: "Delete post", exact: true }).click()
    await user.at("/")
    await user.page.getByRole("link", { name: "On the Analytical Engine" }).waitFor({ state: "hidden" })
    await user.goto(post)
    await user.sees("Not found")
  })

  step("a plain user has no way to the admin pages", async () => {
    const { user, account } = cast
    assert.equal(await user.link("Admin").count(), 0)
    await user.goto(account)
    await user.isTold("You are not allowed to do this. Required role: admin")
    assert.equal(await user.button("Ban user").count(), 0)
  })

  step("a ban ends the user's session at the next click, and signing in again says why", async () => {
    const { user, admin, account } = cast
    await user.goto("/")
    // A token outlives the session that it was made by: Countersign looks at its user.
    const withToken = await user.tab()
    await withToken.goto(`${user.stack.web}/calls`)
    await user.hydrated(withToken)
    const card = withToken.getByRole("region", { name: "Browser with a JWT", exact: true })
    await card.getByRole("button", { name: "Call", exact: true }).click()
    await card.getByLabel("Answer").filter({ hasText: ada.email }).waitFor()
    await admin.goto(account)
    await admin.field("Reason").fill("Too many looms")
    await admin.button("Ban user").click()
    await admin.button("Unban user").waitFor()
    await user.link("Sessions").click()
    await user.at(/^\/sign-in\?.*ended=1/)
    await user.sees("Your session has ended")
    await user.picture("ended", "dark")
    await card.getByRole("button", { name: "Call", exact: true }).click()
    await withToken.waitForURL(/\/sign-in\?.*ended=1/)
    await withToken.close()
    await user.signIn(ada)
    await user.isTold(/banned/i)
  })

  step("after the ban is lifted the user signs in and goes on", async () => {
    const { user, admin } = cast
    await admin.button("Unban user").click()
    await admin.button("Ban user").waitFor()
    await user.signIn(ada)
    await user.at("/")
    await user.link("Write a post").waitFor()
  })

  step("a tab that was left open shows who was signed in meanwhile, and keeps what was typed", async () => {
    const { user, stage } = cast
    await user.goto("/posts/new")
    await user.field("Title").fill("Half a thought")
    const kept = await user.context.cookies()
    const second = await user.tab()
    await second.goto(`${stage.stack.web}/sign-in`)
    const signIn = (body) => fetch("/api/auth/sign-in/email", { method: "POST", headers: { "Content-Type": "application/json" }, body })
    const comesBack = () => user.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")))
    await second.evaluate(signIn, JSON.stringify(stage.stack.admin))
    assert.equal(await user.link("Admin").count(), 0)
    await comesBack()
    await user.link("Admin").waitFor()
    assert.equal(await user.field("Title").inputValue(), "Half a thought")
    await user.context.addCookies(kept)
    await comesBack()
    await user.link("Admin").waitFor({ state: "hidden" })
    await second.close()
  })

  step("the audit trail has it all", async () => {
    const { admin } = cast
    await admin.goto("/admin/audit")
    await admin.sees(/ban/)
    await admin.sees(/role/)
    await admin.picture("audit", "dark")
  })

  step("a session that is ended elsewhere is over at its next click", async () => {
    const { user, stage } = cast
    cast.other = await stage.visitor()
    await cast.other.signIn(ada)
    await cast.other.at("/")
    await user.goto("/sessions")
    await user.sees("This one")
    assert.equal(await user.button("End").count(), 1)
    await user.picture("sessions")
    await user.button("End").click()
    await user.button("End").waitFor({ state: "hidden" })
    await cast.other.link("Profile").click()
    await cast.other.at(/^\/sign-in\?.*ended=1/)
    await cast.other.signIn(ada)
    await cast.other.at("/")
    await user.page.reload()
    await user.button("End all others").click()
    await user.button("End").waitFor({ state: "hidden" })
    await cast.other.link("Profile").click()
    await cast.other.at(/^\/sign-in\?.*ended=1/)
  })

  step("after signing out the old cookie is refused by Countersign", async () => {
    const { user, stage } = cast
    const cookie = await user.cookie()
    const me = () => fetch(`${stage.stack.api}/api/me`, { headers: { cookie } })
    assert.equal((await me()).status, 200)
    await user.button("Sign out").click()
    await user.link("Sign in").waitFor()
    assert.equal((await me()).status, 401)
  })

  step("a form that is sent before its script is there puts no password into an address", async () => {
    const early = await cast.stage.visitor({ javaScriptEnabled: false })
    await early.page.goto(`${cast.stage.stack.web}/sign-in`)
    await early.credentials(ada)
    const sent = early.page.waitForRequest((request) => request.isNavigationRequest())
    await early.button("Sign in").click()
    assert.equal((await sent).method(), "POST")
    assert.equal(new URL((await sent).url()).search, "")
  })

  step("signing in leads to the page that was asked for, and never to another site", async () => {
    const { user, stage } = cast
    await user.goto("/admin?q=ada&role=")
    await user.at("/sign-in?next=%2Fadmin%3Fq%3Dada")
    await user.goto("/profile")
    await user.at("/sign-in?next=%2Fprofile")
    await user.credentials(ada)
    await user.button("Sign in").click()
    await user.at("/profile")
    for (const next of ["//foreign.example/", "https://foreign.example/", "/\\foreign.example", "javascript:alert(1)", `blob:${stage.stack.web}/x`]) {
      await user.goto(`/sign-in?next=${encodeURIComponent(next)}`)
      await user.credentials(ada)
      await user.button("Sign in").click()
      await user.at("/")
    }
  })
}
