// The whole example by one command, `make example` or `node scripts/example.mjs [--production]`: Countersign, Next.js and a
// new database, until Ctrl-C. DATABASE_URL and BETTER_AUTH_SECRET in the environment are used as they are.
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { Stack } from "./stack.mjs"

const { values } = parseArgs({ options: { production: { type: "boolean", default: false } } })
const { DATABASE_URL: databaseURL, BETTER_AUTH_SECRET: secret } = process.env
if (databaseURL && !secret) refuse("DATABASE_URL wants BETTER_AUTH_SECRET beside it, the same each time: its keys are encrypted with that.")

// A checkout has one folder .next, which two would share. The file goes with this program.
const mark = fileURLToPath(new URL("../.example.pid", import.meta.url))
const other = running(mark)
if (other) refuse(`The example runs already from this checkout, as process ${other}. Stop that one, or use another checkout.`)
writeFileSync(mark, String(process.pid))
process.on("exit", () => rmSync(mark, { force: true }))

function refuse(why) {
  console.error(why)
  process.exit(1)
}

// running gives the process of a mark that is still there, or undefined.
function running(mark) {
  try {
    const pid = Number(readFileSync(mark, "utf8"))
    process.kill(pid, 0)
    return pid
  } catch {
    return undefined // no mark, or nobody whose mark it is
  }
}

const stack = new Stack({ ...values, databaseURL, secret, tell: (step) => console.log(`… ${step}`) })

const asked = new Promise((stop) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stop())
})

function welcome() {
  const { email, password } = stack.admin
  console.log(`
  The front end   ${stack.web}
  Its backend     ${stack.api}/docs
  An admin        ${email}
  The password    ${password ?? "the one it had: the user was in the database already"}

  The database is ${databaseURL ? "the one of DATABASE_URL" : "a new SQLite file, which goes when this ends"}.
  Logs are in ${stack.folder}. Ctrl-C stops everything.
`)
}

async function serve() {
  await stack.start()
  welcome()
  throw new Error(await stack.ended())
}

const failure = await Promise.race([asked, serve()]).then(() => null, (err) => err)
if (!failure) console.log("\n… stopping")
await stack.close()
if (failure) console.error(`\nThe example has stopped. ${failure.message}`)
process.exit(failure ? 1 : 0)
