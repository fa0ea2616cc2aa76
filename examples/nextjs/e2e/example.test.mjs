// The example in a real browser, each step on what the one before left: node --test e2e/. It builds the front end first;
// DATABASE_URL is a database to use instead of a new SQLite file.
import { after, before, describe, it } from "node:test"
import assert from "node:assert/strict"
import { Stage } from "./stage.mjs"
import { administration } from "./administration.mjs"
import { calls } from "./calls.mjs"
import { foreign } from "./foreign.mjs"
import { looks } from "./looks.mjs"
import { native } from "./native.mjs"
import { outage } from "./outage.mjs"
import { writing } from "./writing.mjs"

const stage = new Stage()
let broken = false

// step is a test that is left out once another failed: it could only fail for that one's reason.
function step(name, act) {
  it(name, { timeout: 180_000 }, async (t) => {
    if (broken) return t.skip("a step before it failed")
    try {
      await act()
      for (const { faults } of stage.visitors) assert.deepEqual(faults, [])
    } catch (err) {
      broken = true
      throw new Error([err.stack, ...(await stage.shown())].join("\n\n"), { cause: err })
    }
  })
}

describe("the example in a browser", () => {
  before(() => stage.open(), { timeout: 600_000 })
  after(() => stage.close())
  const cast = { stage }
  for (const chapter of [writing, administration, calls, foreign, native, outage, looks]) chapter(step, cast)
})
