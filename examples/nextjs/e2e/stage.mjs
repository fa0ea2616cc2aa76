// The stage of the browser test: the example as it runs in production, Chromium, and visitors who notice what is amiss.
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { execFileSync } from "node:child_process"
import { chromium } from "playwright-core"
import { Stack } from "../scripts/stack.mjs"

// Stage has one stack and one browser for all visitors.
export class Stage {
  visitors = []

  // open builds the front end unless NEXT_PUBLIC_API_URL says for which backend that was done.
  async open() {
    const { DATABASE_URL: databaseURL, COUNTERSIGN_BINARY: binary, NEXT_PUBLIC_API_URL: built } = process.env
    this.stack = new Stack({ production: true, build: !built, databaseURL, binary })
    await this.stack.start({ apiPort: built && new URL(built).port })
    const executablePath = execFileSync("which", ["chromium"], { encoding: "utf8" }).trim()
    // Chromium's sandbox refuses to be root's.
    const chromiumSandbox = process.getuid() !== 0
    this.browser = await chromium.launch({ executablePath, chromiumSandbox, args: ["--disable-dev-shm-usage"] })
  }

  async close() {
    await this.browser?.close()
    await this.stack?.close()
  }

  shown() {
    return Promise.all(this.visitors.map((visitor) => visitor.shown()))
  }

  async visitor(options = {}) {
    const visitor = new Visitor(this.stack, await this.browser.newContext({ viewport: wide, ...options }))
    await visitor.arrive()
    this.visitors.push(visitor)
    return visitor
  }
}

const wide = { width: 1280, height: 800 }
export const phone = { width: 390, height: 844 }

let address = 0

// Visitor is one browser with cookies of its own. faults is what a page should not have done.
export class Visitor {
  faults = []

  constructor(stack, context) {
    Object.assign(this, { stack, context })
  }

  async arrive() {
    this.context.setDefaultTimeout(30_000)
    // Better Auth takes three sign-ins in ten seconds from an address: each comes from another one.
    await this.context.route("**/api/auth/sign-*/email", (route) =>
      route.continue({ headers: { ...route.request().headers(), "x-forwarded-for": `192.0.2.${++address}` } }),
    )
    this.page = await this.tab()
  }

  async tab() {
    const page = await this.context.newPage()
    page.on("request", (request) => this.origin(request.url()))
    page.on("console", (message) => this.complaint(message))
    page.on("pageerror", (error) => this.faults.push(`an exception: ${error.stack}`))
    return page
  }

  origin(url) {
    const { protocol, origin } = new URL(url)
    const own = [this.stack.web, this.stack.api].includes(origin)
    if (!own && !["data:", "blob:"].includes(protocol)) this.faults.push(`a request to another origin: ${url}`)
  }

  // complaint leaves out that a request was refused or a backend away, which Chromium says by itself, and React of a
  // server component (its error 441), whose error the page shows.
  complaint(message) {
    if (!["error", "warning"].includes(message.type())) return
    if (/^Failed to load resource|net::ERR_|React error #441;/.test(message.text())) return
    this.faults.push(`console.${message.type()}: ${message.text()}`)
  }

  async goto(path) {
    await this.page.goto(this.stack.web + path)
    await this.hydrated()
  }

  // hydrated waits until React has taken over what the server sent: a click before that is lost, and people are not as fast.
  hydrated(page = this.page) {
    const known = (element) => Object.keys(element).some((key) => key.startsWith("__react"))
    return page.waitForFunction(`document.querySelector("main") && [...document.querySelectorAll("main, form, button")].every(${known})`)
  }

  button = (name) => this.page.getByRole("button", { name, exact: true })
  link = (name) => this.page.getByRole("link", { name, exact: true })
  choice = (name) => this.page.getByRole("combobox", { name, exact: true })

  // field is found by its role or, since a password has none, by its label.
  field(name) {
    const box = this.page.getByRole("textbox", { name, exact: true })
    return box.or(this.page.getByRole("checkbox", { name, exact: true })).or(this.page.locator("input").and(this.page.getByLabel(name, { exact: true })))
  }

  // sees waits until a text is there to be read.
  sees(text) {
    return this.page.getByText(text).filter({ visible: true }).first().waitFor()
  }

  // isTold waits for a message that a screen reader says at once. Next.js has an announcer of the same role, without a text.
  isTold(text) {
    return this.page.getByRole("alert").filter({ hasText: text }).first().waitFor()
  }

  // at waits until a page of the front end is open and answers to clicks.
  async at(path) {
    const is = ({ origin, pathname, search }) => origin === this.stack.web && (path.test?.(pathname + search) ?? path === pathname + search)
    await this.page.waitForURL(is)
    await this.hydrated()
  }

  async signUp({ name, email, password }) {
    await this.goto("/sign-up")
    await this.field("Name").fill(name)
    await this.credentials({ email, password })
    await this.button("Sign up").click()
    await this.at("/profile")
  }

  async signIn({ email, password }) {
    await this.goto("/sign-in")
    await this.credentials({ email, password })
    await this.button("Sign in").click()
  }

  async credentials({ email, password }) {
    await this.field("Email").fill(email)
    await this.field("Password").fill(password)
  }

  async write({ title, content, published }) {
    await this.field("Title").fill(title)
    await this.field("Content").fill(content)
    await this.field("Published").setChecked(published)
    await this.button("Save").click()
  }

  // cookie is the Cookie header that the browser would send to localhost.
  async cookie() {
    const cookies = await this.context.cookies(this.stack.api)
    return cookies.map(({ name, value }) => `${name}=${value}`).join("; ")
  }

  // shown is what is to be read on the page, for the message of a test that fails.
  async shown() {
    const text = await this.page.locator("body").innerText({ timeout: 1000 }).catch(String)
    return `${this.page.url()} shows:\n${text}`
  }

  // picture is taken where make screenshots says, and nothing is compared: fonts differ from machine to machine.
  async picture(name, scheme = "light") {
    const folder = process.env.COUNTERSIGN_SCREENSHOTS
    if (!folder) return
    mkdirSync(folder, { recursive: true })
    await this.page.emulateMedia({ colorScheme: scheme })
    await this.page.evaluate(() => scrollTo(0, 0))
    await this.page.screenshot({ path: join(folder, `example-${name}.png`), animations: "disabled" })
    await this.page.emulateMedia({ colorScheme: null })
  }
}
