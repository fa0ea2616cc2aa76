// How the pages fit a phone, and what they look like.
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

  step("the pages as the documents show them", async () => {
    const { user, stranger, stage } = cast
    await stranger.goto("/sign-up")
    await stranger.picture("sign-up")
    await user.goto("/")
    await user.link("By hand").waitFor()
    await user.picture("posts")
    const storageState = await user.context.storageState() // signed in as she is
    const hand = await stage.visitor({ viewport: phone, isMobile: true, storageState })
    await hand.goto("/")
    await hand.link("By hand").waitFor()
    await hand.picture("phone")
    await hand.goto("/calls")
    await hand.picture("phone-calls", "dark")
  })
}

async function fits(visitor, paths) {
  const { page } = visitor
  const before = page.viewportSize()
  await page.setViewportSize(phone)
  for (const path of paths) {
    await visitor.goto(path)
    await page.getByRole("heading", { level: 1 }).first().waitFor()
    const wider = await page.evaluate(() => (scrollTo(9999, 0), scrollX))
    assert.equal(wider, 0, `${path} can be scrolled sideways by ${wider} px`)
  }
  await page.setViewportSize(before)
}
