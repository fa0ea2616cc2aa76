// The whole example by one command, `make example` or `node scripts/example.mjs [--production]`: Countersign, Next.js and a
// new database, until Ctrl-C. DATABASE_URL and BETTER_AUTH_SECRET in the environment are used as they are.
import { parseArgs } from "node:util"
import { Stack } from "./stack.mjs"

const { values } = parseArgs({ options: { production: { type: "boolean", default: false } } })
const { DATABASE_URL: databaseURL, BETTER_AUTH_SECRET: secret } = process.env
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
