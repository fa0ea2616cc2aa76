// How the pages fit: nothing to be scrolled sideways on a phone, in the light and in the dark.
import assert from "node:assert/strict"
import { phone } from "./stage.mjs"

export function looks(step, cast) {
  step("no page is wider than a phone", async () => {
    const { user, admin, stranger, account } = cast
    await user.goto("/")
    const post = await user.link("By hand").getAttribute("href")
    await fits(user, ["/", post, `${post}/edit`, "/posts/new", "/profile", "/sessions", "/calls"])
    await fits(admin, ["/admin", account, "/admin/audit"])
    await fits(stranger, ["/", "/sign-in", "/sign-in?ended=1", "/sign-up"])
  })

  step("pictures", async () => {
    const { user, stranger } = cast
    await user.goto("/")
    await user.link("By hand").waitFor()
    await user.picture("posts")
    await user.picture("posts-dark", { scheme: "dark" })
    await user.picture("posts-phone", { size: phone })
    await user.goto("/calls")
    await user.picture("calls-phone", { size: phone, scheme: "dark" })
    await stranger.goto("/sign-in")
    await stranger.picture("sign-in")
    await stranger.goto("/sign-up")
    await stranger.picture("sign-up", { size: phone })
  })
}

async function fits({ page, stack }, paths) {
  const before = page.viewportSize()
  await page.setViewportSize(phone)
  for (const path of paths) {
    await page.goto(stack.web + path, { waitUntil: "networkidle" })
    await page.getByRole("heading", { level: 1 }).first().waitFor()
    const wider = await page.evaluate(() => (scrollTo(9999, 0), scrollX))
    assert.equal(wider, 0, `${path} can be scrolled sideways by ${wider} px`)
  }
  await page.setViewportSize(before)
}
