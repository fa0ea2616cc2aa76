// Who the page speaks for. Tokens live in sessionStorage, which ends with the tab; never in localStorage.
const place = "countersign.docs";
const none = { kind: "none" };
let credential = kept();
let user = null;
let refreshing = null;

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(place)) ?? none;
  } catch {
    return none; // what cannot be read is not a sign-in
  }
}

export const changed = new EventTarget();
export const current = () => ({ ...credential, user });

function set(next, who) {
  [credential, user] = [next, who];
  if (next.kind === "none") sessionStorage.removeItem(place);
  else sessionStorage.setItem(place, JSON.stringify(next));
  changed.dispatchEvent(new Event("change"));
}

// headers are those of a credential. What is shown of them has a name in place of the secret.
export function headers({ kind, token } = credential, shown = false) {
  if (kind === "tokens" || kind === "bearer") return { Authorization: `Bearer ${shown ? "$TOKEN" : token}` };
  if (kind === "key") return { "x-api-key": shown ? "$API_KEY" : token };
  return {};
}

function ask(method, path, { body, type } = {}, by = credential) {
  const all = headers(by);
  if (body) all["Content-Type"] = type ?? "application/json";
  // A cookie is sent only by who signed in with it: a token's answer is then the token's alone.
  return fetch(path, { method, body: body || undefined, headers: all, credentials: by.kind === "cookie" ? "same-origin" : "omit", cache: "no-store", redirect: "manual" });
}

// send asks the API as whoever is signed in, with a new pair of tokens where the old one has run out.
export async function send(method, path, content) {
  if (credential.kind === "tokens" && Date.now() > credential.until) await refresh();
  const answer = await ask(method, path, content);
  if (answer.status !== 401 || credential.kind !== "tokens") return answer;
  const { code } = await answer.clone().json().catch(() => ({}));
  return code === "not_authenticated" && await refresh() ? ask(method, path, content) : answer;
}

// refresh lets all who wait share one rotation, since a refresh token is good for one.
function refresh() {
  refreshing ??= rotate().finally(() => { refreshing = null; });
  return refreshing;
}

async function rotate() {
  const answer = await ask("POST", "/auth/refresh", { body: JSON.stringify({ refresh_token: credential.refresh }) }, none);
  if (answer.ok) set(pair(await answer.json()), user);
  else if (answer.status !== 429 && answer.status < 500) set(none, null); // "could not ask" is not "no"
  return answer.ok;
}

const pair = (answer) => ({ kind: "tokens", token: answer.access_token, refresh: answer.refresh_token, until: Date.now() + (answer.expires_in - 5) * 1000 });

async function told(answer) {
  const problem = await answer.json().catch(() => ({}));
  const fields = (problem.errors ?? []).map((e) => `${e.field} ${e.message}`).join("; ");
  return new Error(fields || problem.detail || `The API answered ${answer.status}`);
}

// use takes a credential if it holds, and throws an error for people if not.
export async function use(next) {
  const answer = await ask("GET", "/api/me", {}, next);
  if (!answer.ok) throw await told(answer);
  set(next, await answer.json());
}

export async function signIn(email, password) {
  const answer = await ask("POST", "/auth/login", { body: JSON.stringify({ email, password }) }, none);
  if (!answer.ok) throw await told(answer);
  await use(pair(await answer.json()));
}

export async function register(name, email, password) {
  const answer = await ask("POST", "/auth/register", { body: JSON.stringify({ email, password, name: name || null }) }, none);
  if (!answer.ok) throw await told(answer);
  await signIn(email, password);
}

// signOut ends the session behind tokens of this page. A cookie or a token from elsewhere is only let go of.
export async function signOut() {
  const { kind, refresh: token } = credential;
  if (kind === "tokens") {
    const answer = await ask("POST", "/auth/logout", { body: JSON.stringify({ refresh_token: token }) }, none);
    if (!answer.ok) throw await told(answer);
  }
  set(none, null);
}

// resume finds out who the page speaks for when it opens: whoever it was, else whoever the cookie names.
export async function resume() {
  const known = credential.kind !== "none";
  const answer = known ? await send("GET", "/api/me") : await ask("GET", "/api/me", {}, { kind: "cookie" });
  if (answer.ok) set(known ? credential : { kind: "cookie" }, await answer.json());
  else if (known && answer.status < 429) set(none, null);
}
