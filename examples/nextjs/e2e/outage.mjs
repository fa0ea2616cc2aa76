// The backend goes away under open pages and comes back at the same port.
import assert from "node:assert/strict"

export function outage(step, cast) {
  step("a page keeps what was written while the backend is away, and Try again saves it", async () => {
    const { user, stage } = cast
    await user.goto("/posts/new")
    await stage.stack.countersign.stop()
    await user.write({ title: "Written in the dark", content: "Nothing of it is lost.", published: true })
    await user.isTold("The backend cannot be reached")
    assert.equal(await user.field("Title").inputValue(), "Written in the dark")
    assert.equal(await user.field("Content").inputValue(), "Nothing of it is lost.")
    await user.picture("away")
    await stage.stack.startCountersign()
    await user.button("Try again").click()
    await user.at(/^\/posts\/\d+$/)
    await user.page.getByRole("heading", { name: "Written in the dark" }).waitFor()
  })

  step("the same for pages that the browser fills and those that the server makes", async () => {
    const { user, stage } = cast
    await stage.stack.countersign.stop()
    await user.goto("/")
    await user.isTold("The backend cannot be reached")
    const profile = await user.tab()
    await profile.goto(`${stage.stack.web}/profile`)
    const told = profile.getByRole("alert").filter({ hasText: "The backend cannot be reached" })
    await told.waitFor()
    await stage.stack.startCountersign()
    await user.button("Try again").click()
    await user.link("Written in the dark").waitFor()
    await profile.getByRole("button", { name: "Try again", exact: true }).click()
    await profile.getByText("ada@example.com").first().waitFor()
    await told.waitFor({ state: "hidden" })
    await profile.close()
  })

  step("who calls too often is told how long to wait", async () => {
    const { user, stage } = cast
    await stage.stack.countersign.stop()
    await stage.stack.startCountersign({ RATE_LIMIT: "api=1/10m" })
    await user.goto("/sessions")
    await user.goto("/sessions")
    await user.isTold(/(\d+ (seconds|minutes)|a minute)/)
    await stage.stack.countersign.stop()
    await stage.stack.startCountersign()
  })
}
