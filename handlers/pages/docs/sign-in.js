import { el, field } from "./dom.js";
import { changed, current, register, signIn, signOut, use } from "./session.js";

const dialog = document.getElementById("sign-in");
const who = document.getElementById("who");
const names = { tokens: "signed in here", cookie: "by cookie", bearer: "by bearer token", key: "by API key" };

export const open = () => dialog.showModal();

// prepare fills the dialog with the ways to sign in that this API has.
export function prepare(doc) {
  const local = "/auth/login" in doc.paths, registers = "/auth/register" in doc.paths;
  const email = { type: "email", name: "email", required: true, autocomplete: "username" };
  const secret = { type: "password", name: "password", required: true };
  dialog.append(el("div", { class: "row spread" }, el("h2", { id: "sign-in-title" }, "Sign in"), el("button", { type: "button", class: "quiet", click: () => dialog.close() }, "Close")),
    local && way("Log in", "With e-mail and password.", [["E-mail", email], ["Password", { ...secret, autocomplete: "current-password" }]], (f) => signIn(f.email, f.password), true),
    registers && way("Register", "Makes a user, and signs it in.", [["Name", { name: "name", autocomplete: "name" }], ["E-mail", email], ["Password", { ...secret, minlength: 8, autocomplete: "new-password" }]], (f) => register(f.name, f.email, f.password)),
    way("Cookie", "As whoever this browser is signed in as through Better Auth. Its cookie must reach this origin.", [], () => use({ kind: "cookie" }), !local),
    way("Bearer token", "An access token, a session token, or a JWT.", [["Token", { ...secret, name: "token", autocomplete: "off" }]], (f) => use({ kind: "bearer", token: f.token.trim() })),
    way("API key", "Sent as x-api-key.", [["Key", { ...secret, name: "token", autocomplete: "off" }]], (f) => use({ kind: "key", token: f.token.trim() })));
  changed.addEventListener("change", show);
  show();
}

// way is one form of the dialog; the browser closes the one that was open.
function way(title, about, fields, submit, first = false) {
  const error = el("p", { class: "error", role: "alert" });
  const form = el("form", { submit: async (event) => {
    event.preventDefault();
    error.textContent = "";
    try {
      await submit(Object.fromEntries(new FormData(form)));
      form.reset();
      dialog.close();
    } catch (problem) {
      error.textContent = problem.message;
    }
  } }, el("p", { class: "muted" }, about), fields.map(([label, attributes]) => field(label, attributes).label), error, el("button", { type: "submit" }, fields.length ? title : "Use the cookie"));
  return el("details", { name: "way", open: first }, el("summary", {}, title), form);
}

function show() {
  const { kind, user } = current();
  if (!user) return who.replaceChildren(el("button", { type: "button", click: open }, "Sign in"));
  const leave = el("button", { type: "button", class: "quiet", click: () => signOut().catch((problem) => { leave.textContent = problem.message; }) }, kind === "tokens" ? "Sign out" : "Let go");
  who.replaceChildren(el("span", { class: "name", title: user.email }, user.name ?? user.email), el("span", { class: "tag" }, user.role), el("span", { class: "muted by" }, names[kind]), leave);
}
