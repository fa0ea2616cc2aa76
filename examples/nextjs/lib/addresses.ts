// signInAddress leads to the sign-in page and from there back to a page of ours.
export function signInAddress(from: string, ended: boolean): string {
  const query = new URLSearchParams({ next: from, ...(ended && { ended: "1" }) })
  return `/sign-in?${query}`
}

// ownAddress is where `next` leads if that is a page of this site, and the front page if not: else a link to our
// sign-in page could hand people on to somebody else's. For the browser; the answer is absolute, since a
// path may begin with two slashes and then names another host.
export function ownAddress(next: string | null): string {
  const home = window.location.origin
  if (!next || !URL.canParse(next, home)) return home
  const address = new URL(next, home)
  return address.origin === home && /^https?:$/.test(address.protocol) ? address.href : home // blob: has an origin too
}
