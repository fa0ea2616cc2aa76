// The example as it runs: Countersign and Next.js at two ports of localhost, on one database and with one secret.
import { randomBytes } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseEnv } from "node:util"
import { freePort, Program, run } from "./programs.mjs"

const example = fileURLToPath(new URL("..", import.meta.url))
const repository = join(example, "../..")
const tool = (name) => join(example, "node_modules/.bin", name)

// Stack is prepared, started and closed once. What is not chosen is made up: a SQLite file, a secret, free ports.
export class Stack {
  constructor({ production = false, build = production, databaseURL, secret, binary, tell = () => {} } = {}) {
    this.folder = mkdtempSync(join(tmpdir(), "countersign-example-"))
    this.databaseURL = databaseURL || `file:${join(this.folder, "app.db")}`
    this.secret = secret || randomBytes(32).toString("base64url")
    Object.assign(this, { production, build, binary, tell, stopping: new AbortController() })
  }

  // start brings everything up; who calls it closes the stack, also when it fails.
  async start({ webPort, apiPort } = {}) {
    this.web = `http://localhost:${webPort ?? (await freePort(3000))}`
    this.api = `http://localhost:${apiPort ?? (await freePort(8080))}`
    await this.prepare()
    await this.startCountersign()
    this.admin = await this.createUser("admin@example.com", "Admin", "admin")
    await this.createUser("service@example.com", "Service", "user")
    this.apiKey = await this.step("making an API key", tool("tsx"), ["scripts/api-key.ts", "service@example.com"])
    await this.startNext()
  }

  async prepare() {
    if (!installed()) await this.step("installing packages", "npm", ["ci", "--no-audit", "--no-fund"], { env: process.env })
    await this.buildCountersign()
    await this.step("making Better Auth's tables", tool("tsx"), ["scripts/migrate.ts"])
  }

  async buildCountersign() {
    if (this.binary) return
    const binary = join(this.folder, "countersign")
    await this.step("building Countersign", "go", ["build", "-o", binary, "."], { cwd: repository, env: process.env })
    this.binary = binary
  }

  // startCountersign also starts it again, at the same port; settings are laid over its own.
  async startCountersign(settings = {}) {
    const env = { ...this.countersignEnv(), ...settings }
    this.countersign = this.launch("Countersign", this.binary, ["serve"], { cwd: this.folder, env })
    await this.countersign.answers(`${this.api}/readyz`)
  }

  async startNext() {
    const next = tool("next")
    if (this.build) await this.step("building the front end", next, ["build"])
    const args = [this.production ? "start" : "dev", "--port", new URL(this.web).port, "--hostname", "localhost"]
    this.next = this.launch("Next.js", next, args, { cwd: example, env: this.nextEnv() })
    await this.next.answers(this.web)
  }

  // createUser gives what to sign in with; no password where a database of one's own has the user already.
  async createUser(email, name, role) {
    const password = randomBytes(12).toString("base64url")
    const args = ["user", "create", email, "--name", name, "--role", role]
    const options = { cwd: this.folder, env: this.countersignEnv(), input: `${password}\n` }
    try {
      await this.step(`making ${email}`, this.binary, args, options)
    } catch (err) {
      if (!/already/.test(err.message)) throw err
      return { email }
    }
    return { email, password }
  }

  countersignEnv() {
    return {
      ...machine(),
      PORT: new URL(this.api).port,
      DATABASE_URL: this.databaseURL,
      BETTER_AUTH_SECRET: this.secret,
      BETTER_AUTH_URL: this.web,
      FRONTEND_URL: this.web,
    }
  }

  nextEnv() {
    return {
      ...machine(),
      ...parseEnv(readFileSync(join(example, ".env.example"), "utf8")),
      NEXT_TELEMETRY_DISABLED: "1",
      DATABASE_URL: this.databaseURL,
      BETTER_AUTH_SECRET: this.secret,
      BETTER_AUTH_URL: this.web,
      NEXT_PUBLIC_API_URL: this.api,
      COUNTERSIGN_API_KEY: this.apiKey ?? "",
    }
  }

  step(what, command, args, options) {
    this.tell(what)
    return run(command, args, { cwd: example, env: this.nextEnv(), signal: this.stopping.signal, ...options })
  }

  launch(name, command, args, options) {
    this.stopping.signal.throwIfAborted()
    this.tell(`starting ${name}`)
    return new Program(name, command, args, { ...options, logs: this.folder })
  }

  // ended is why a program ended by itself.
  ended() {
    const programs = [this.countersign, this.next]
    return Promise.race(programs.map(async (p) => `${p.name} ${await p.ended}\n${p.lastWords()}`))
  }

  async close() {
    this.stopping.abort()
    await Promise.all([this.next?.stop(), this.countersign?.stop()])
    rmSync(this.folder, { recursive: true, force: true })
  }
}

// machine is what a program needs to know of the machine; settings of somebody's shell are not for the example.
function machine() {
  const names = ["PATH", "HOME", "TMPDIR", "LANG", "TERM"]
  return Object.fromEntries(names.filter((name) => process.env[name]).map((name) => [name, process.env[name]]))
}

// installed tells whether npm wrote node_modules after the lock file was changed.
function installed() {
  const written = (path) => statSync(join(example, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
  return written("node_modules/.package-lock.json") >= written("package-lock.json")
}
