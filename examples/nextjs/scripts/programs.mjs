// Programs that run beside this one: each writes into a log of its own and ends with everything that it started.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { closeSync, openSync, readFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"

// freePort gives a port of localhost: the wanted one where nobody listens on it, else any.
export async function freePort(wanted = 0) {
  return (await isFree(wanted)) || (await isFree(0))
}

// isFree gives the port, or 0 where it is taken on one of the loopbacks.
async function isFree(port) {
  for (const host of ["127.0.0.1", "::1"]) {
    const server = createServer().listen(port, host)
    const failed = await once(server, "listening").then(() => null, (err) => err)
    if (failed?.code === "EADDRINUSE") return 0
    if (failed) continue // a machine without that loopback
    port = server.address().port
    await once(server.close(), "close")
  }
  return port
}

// Program is a child in a process group of its own, so that Ctrl-C reaches it through stop() only, in good order.
export class Program {
  constructor(name, command, args, { cwd, env, logs }) {
    this.name = name
    this.log = join(logs, `${name.toLowerCase().replaceAll(" ", "-")}.log`)
    const log = openSync(this.log, "a")
    this.child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", log, log] })
    closeSync(log) // the child has its own
    this.ended = new Promise((end) => {
      this.child.on("error", (err) => end(err.message))
      this.child.on("exit", (code, signal) => end(`ended with ${signal ?? `exit code ${code}`}`))
    }).then((reason) => (this.reason = reason))
  }

  // answers waits until a URL answers 200; that the program ends before, or two minutes, is an error with its last words.
  async answers(url) {
    for (const until = Date.now() + 120_000; Date.now() < until; await pause(100)) {
      if (this.reason) throw new Error(`${this.name} ${this.reason}\n${this.lastWords()}`)
      const answer = await fetch(url, { redirect: "manual" }).catch(() => null)
      await answer?.body?.cancel()
      if (answer?.status !== 200) continue
      await pause(300) // it may have been another program that took the port in the meantime: then this one ends
      if (!this.reason) return
    }
    throw new Error(`${this.name} does not answer at ${url}\n${this.lastWords()}`)
  }

  lastWords(lines = 30) {
    return readFileSync(this.log, "utf8").trimEnd().split("\n").slice(-lines).join("\n")
  }

  // stop asks it to end, and leaves nothing of it after ten seconds.
  async stop() {
    this.signal("SIGTERM")
    const late = setTimeout(() => this.signal("SIGKILL"), 10_000)
    await this.ended
    clearTimeout(late)
    this.signal("SIGKILL") // what it started and did not wait for
  }

  signal(name) {
    if (!this.child.pid) return // it could not be started
    try {
      process.kill(-this.child.pid, name)
    } catch (err) {
      if (err.code !== "ESRCH") throw err // nobody is left
    }
  }
}

// run runs a command to its end and gives what it wrote to standard output; text goes to its standard input.
export async function run(command, args, { input = "", ...options } = {}) {
  const child = spawn(command, args, { ...options, stdio: "pipe" })
  let output = ""
  let complaint = ""
  child.stdout.on("data", (text) => (output += text))
  child.stderr.on("data", (text) => (complaint += text))
  child.stdin.on("error", () => {}).end(input) // a program that reads nothing may have ended
  const code = await new Promise((end) => child.on("error", (err) => end(err.message)).on("close", end))
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${code}\n${complaint}${output}`)
  return output.trim()
}
