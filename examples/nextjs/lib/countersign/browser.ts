import { connect } from "./client"

// browser calls Countersign from a page, with the session cookie that Better Auth has set. The cookie is
// httpOnly: no script reads it, the browser adds it by itself because of "include", and it says with Origin
// which page a write comes from.
export const browser = connect({ credentials: "include" })
