// Every way to call the backend, and the feed that is fetched without a visitor.
import assert from "node:assert/strict"
import { ada } from "./writing.mjs"

// ways are the cards, what their answer has, and what their request must have.
const ways = [
  ["Browser with the cookie", ada.email, (headers) => headers.cookie?.includes("session_token") && !headers.authorization],
  ["Browser with a JWT", ada.email, (headers) => /^Bearer [^.]+\.[^.]+\.[^.]+$/.test(headers.authorization) && !headers.cookie],
  ["Server component", ada.email, null],
  ["Server action", '"success": true', true],
  ["Route handler with an API key", "<feed", true],
]

export function calls(step, cast) {
  step("every way to call the backend answers, and goes the way that it says", async () => {
    const { user } = cast
    await user.goto("/calls")
    const asked = []
    user.page.on("request", (request) => asked.push(request))
    for (const [title, answer, call] of ways) {
      const card = user.page.getByRole("region", { name: title, exact: true })
      if (call) await card.getByRole("button", { name: "Call", exact: true }).click()
      await card.getByLabel("Answer").filter({ hasText: answer }).waitFor()
      if (typeof call !== "function") continue
      const headers = await asked.findLast((request) => request.url().endsWith("/api/me") && request.method() === "GET").allHeaders()
      assert.ok(call(headers), `${title} sends ${Object.keys(headers)}`)
    }
    assert.equal(await user.page.getByRole("region").count(), ways.length)
  })

  step("the feed has what was published, and no draft", async () => {
    const { user, stage } = cast
    for (const [title, published] of [["Notes & <sketches>", true], ["Not yet", false]]) {
      await user.goto("/posts/new")
      await user.write({ title, content: "Bernoulli's numbers, in seven columns.", published })
      await user.at(/^\/posts\/\d+$/)
    }
    const feed = await fetch(`${stage.stack.web}/feed.xml`)
    assert.match(feed.headers.get("content-type"), /atom/)
    const text = await feed.text()
    assert.match(text, /<feed/)
    assert.match(text, /Notes &amp; &lt;sketches&gt;/)
    assert.match(text, /<content type="text">Bernoulli&apos;s numbers/)
    assert.doesNotMatch(text, /Not yet/)
  })

  step("the walk through sign-in and a post by keyboard alone", async () => {
    const { stage } = cast
    const hands = await stage.visitor()
    await hands.goto("/")
    await press(hands, hands.link("Sign in"))
    await hands.at("/sign-in")
    await tabTo(hands, hands.field("Email"))
    await hands.page.keyboard.type(ada.email)
    await tabTo(hands, hands.field("Password"))
    await hands.page.keyboard.type(ada.password)
    await hands.page.keyboard.press("Enter")
    await hands.at("/")
    await press(hands, hands.link("Write a post"))
    await hands.at("/posts/new")
    await tabTo(hands, hands.field("Title"))
    await hands.page.keyboard.type("By hand")
    await tabTo(hands, hands.field("Content"))
    await hands.page.keyboard.type("No mouse was moved.")
    await tabTo(hands, hands.field("Published"))
    await hands.page.keyboard.press("Space")
    await press(hands, hands.button("Save"))
    await hands.at(/^\/posts\/\d+$/)
    await hands.page.getByRole("heading", { name: "By hand" }).waitFor()
  })
}

// tabTo presses Tab until the focus is where it should get.
async function tabTo({ page }, target) {
  await target.waitFor()
  for (let presses = 0; presses < 40; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press("Tab")
  }
  assert.fail(`Tab does not reach ${target}`)
}

async function press(visitor, target) {
  await tabTo(visitor, target)
  await visitor.page.keyboard.press("Enter")
}
