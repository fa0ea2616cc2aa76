const moment = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" })
const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" })

// inFull is a date with its time. Both say UTC, so that the server and the browser write the same.
export function inFull(time: string): string {
  return `${moment.format(new Date(time))} UTC`
}

// dayOf is a date alone.
export function dayOf(time: string): string {
  return day.format(new Date(time))
}

// program is what a browser is called, out of the long text that it says of itself.
export function program(userAgent: string | null): string {
  if (!userAgent) return "Unknown program"
  const known = ["Edg", "OPR", "Firefox", "Chrome", "Safari"].find((name) => userAgent.includes(`${name}/`))
  const system = ["iPhone", "iPad", "Android", "Windows", "Mac OS", "Linux"].find((name) => userAgent.includes(name))
  if (!known) return userAgent.slice(0, 40)
  const names: Record<string, string> = { Edg: "Edge", OPR: "Opera" }
  return [names[known] ?? known, system && `on ${system}`].filter(Boolean).join(" ")
}
