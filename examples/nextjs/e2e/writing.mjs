// A new user: sign-up, the profile, and a post from its draft to its edited form.
import assert from "node:assert/strict"

export const ada = { name: "Ada Lovelace", email: "ada@example.com", password: "correct horse battery" }

export function writing(step, cast) {
  step("a user signs up in Next.js and sees the profile of Countersign", async () => {
    cast.user = await cast.stage.visitor()
    await cast.user.goto("/")
    await cast.user.link("Sign in").waitFor()
    await cast.user.signUp(ada)
    await cast.user.sees(ada.email)
    assert.equal(await cast.user.field("Name").inputValue(), ada.name)
  })

  step("a name that Countersign would not take is none for Better Auth either", async () => {
    const { web } = cast.stage.stack
    const body = JSON.stringify({ ...ada, email: "long@example.com", name: "n".repeat(201) })
    const headers = { "Content-Type": "application/json", Origin: web, "X-Forwarded-For": "192.0.2.250" }
    const answer = await fetch(`${web}/api/auth/sign-up/email`, { method: "POST", headers, body })
    assert.equal(answer.status, 400)
    assert.match((await answer.json()).message, /at most 200/)
  })

  step("a server action changes the profile, which Countersign then has", async () => {
    const { user, stage } = cast
    await user.field("Name").fill("Ada King")
    await user.button("Save").click()
    await user.page.getByRole("banner").getByText("Ada King").waitFor()
    const answer = await fetch(`${stage.stack.api}/api/me`, { headers: { cookie: await user.cookie() } })
    assert.equal((await answer.json()).name, "Ada King")
    await user.page.reload()
    assert.equal(await user.field("Name").inputValue(), "Ada King")
    await user.picture("profile")
  })

  step("a draft is its author's alone", async () => {
    const { user, stage } = cast
    await user.link("Posts").click()
    await user.link("Write a post").click()
    await user.picture("write", "dark")
    await user.write({ title: "On the Engine", content: "It weaves algebraical patterns.", published: false })
    await user.at(/^\/posts\/\d+$/)
    await user.sees("Draft")
    cast.post = new URL(user.page.url()).pathname
    cast.stranger = await stage.visitor()
    await cast.stranger.goto(cast.post)
    await cast.stranger.sees("Not found")
    await cast.stranger.goto("/")
    await cast.stranger.sees("Nothing has been published yet")
    await user.goto("/")
    await user.link("On the Engine").waitFor()
    await user.sees("Draft")
  })

  step("the post is published and edited, and others read it", async () => {
    const { user, stranger, post } = cast
    await user.goto(post)
    await user.link("Edit").click()
    await user.at(`${post}/edit`)
    assert.equal(await user.field("Title").inputValue(), "On the Engine")
    await user.write({ title: "On the Analytical Engine", content: "As the loom weaves flowers and leaves.", published: true })
    await user.at(post)
    await user.page.getByRole("heading", { name: "On the Analytical Engine" }).waitFor()
    await stranger.goto("/")
    await stranger.link("On the Analytical Engine").click()
    await stranger.sees("As the loom weaves flowers and leaves.")
    assert.equal(await stranger.link("Edit").count() + await stranger.button("Delete").count(), 0)
  })

  step("a plain user has no Delete", async () => {
    await cast.user.page.reload()
    await cast.user.link("Edit").waitFor()
    assert.equal(await cast.user.button("Delete").count(), 0)
  })
}
