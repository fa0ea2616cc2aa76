import { el, field, json } from "./dom.js";
import { changed, current, headers, send } from "./session.js";
import { limits, type } from "./schema.js";
import { open } from "./sign-in.js";

// tryIt is a form that sends an operation's request, and what came back.
export function tryIt(entry) {
  const form = inputs(entry);
  const line = el("pre", { class: "curl", tabindex: "0" });
  const hint = el("p", { class: "hint" });
  const answer = el("div", { class: "came" });
  const status = el("p", { class: "outcome", role: "status" });
  const button = el("button", { type: "submit" }, "Send");
  const refresh = () => { line.textContent = curl(entry, form.read(), true); advise(hint, entry.operation); };
  const submit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    await attempt(entry, form.read(), status, answer);
    button.disabled = false;
  };
  changed.addEventListener("change", refresh);
  const whole = el("form", { class: "try", submit, input: refresh, "aria-label": "Try it",
    keydown: (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit(); } },
    el("h2", {}, "Try it"), hint, form.rows, el("div", { class: "row" }, button, status), answer,
    el("div", { class: "row spread" }, el("h3", {}, "As curl"), copy(() => curl(entry, form.read(), false))), line);
  refresh();
  return whole;
}

// inputs asks for parameters and a body, and reads them back as a path and a content.
function inputs({ path, operation }) {
  const parameters = (operation.parameters ?? []).map((p) => ({ ...p, ...field(p.name, control(p), choices(p) ? "select" : "input", ...options(p)) }));
  const content = body(operation);
  return {
    rows: [...parameters.map((p) => p.label), ...content.rows],
    read() {
      let filled = path;
      const query = new URLSearchParams();
      for (const p of parameters) {
        if (p.in === "path") filled = filled.replace(`{${p.name}}`, encodeURIComponent(p.input.value) || `{${p.name}}`);
        else if (p.input.value !== "") query.set(p.name, p.input.value);
      }
      return { path: query.size ? `${filled}?${query}` : filled, ...content.read() };
    },
  };
}

const choices = ({ schema }) => schema.enum ?? (schema.type === "boolean" ? ["true", "false"] : null);
const options = (p) => ["", ...choices(p) ?? []].map((value) => choices(p) && el("option", {}, value));
const control = (p) => ({ name: p.name, required: p.required, autocomplete: "off", spellcheck: "false", placeholder: choices(p) ? null : [type(p.schema), limits(p.schema)].filter(Boolean).join(" · ") });

function body({ requestBody }) {
  if (!requestBody) return { rows: [], read: () => ({}) };
  const types = Object.keys(requestBody.content);
  const kind = field("Content type", { name: "content-type" }, "select", ...types.map((media) => el("option", {}, media)));
  const text = field("Body", { name: "body", spellcheck: "false", autocomplete: "off", required: requestBody.required }, "textarea");
  const fill = () => {
    const { value } = requestBody.content[kind.input.value].examples?.sample ?? {};
    text.input.rows = Math.min(16, Object.keys(value ?? {}).length + 3);
    text.input.value = value ? kind.input.value.endsWith("json") ? JSON.stringify(value, null, 2) : String(new URLSearchParams(value)) : "";
  };
  kind.input.addEventListener("change", fill);
  fill();
  return { rows: types.length > 1 ? [kind.label, text.label] : [text.label], read: () => ({ body: text.input.value.trim(), type: kind.input.value }) };
}

// advise says beforehand what the guard will say.
function advise(hint, operation) {
  const guard = operation["x-guard"], { user } = current();
  hint.replaceChildren();
  if (guard === "anyone" || guard === "optional user") return;
  if (!user) hint.append("Nobody is signed in, so this answers 401. ", el("button", { type: "button", class: "link", click: open }, "Sign in"));
  else if (guard !== "user" && !guard.split(/ or | and |, /).some((role) => user.roles.includes(role))) hint.append(`You have the role ${user.role}, so this answers 403.`);
}

async function attempt({ method }, request, status, answer) {
  status.textContent = "…";
  const began = performance.now();
  try {
    const response = await send(method.toUpperCase(), request.path, request);
    const text = await response.text();
    const took = Math.round(performance.now() - began);
    const tone = response.ok ? "good" : response.status < 500 ? "warn" : "bad";
    status.replaceChildren(el("b", { class: `status ${tone}` }, `${response.status} ${response.statusText}`.trim()), el("span", { class: "muted" }, ` ${took} ms · ${new Blob([text]).size} bytes`));
    answer.replaceChildren(text ? el("pre", { class: "body", tabindex: "0", "aria-label": "Body of the answer" }, json(pretty(text))) : "",
      el("details", {}, el("summary", {}, "Headers"), el("pre", { tabindex: "0" }, [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n"))));
  } catch (error) {
    status.replaceChildren(el("b", { class: "status bad" }, "No answer"), ` ${error.message}: is the API running?`);
    answer.replaceChildren();
  }
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

const quote = (text) => /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

// curl writes a request for a terminal. What is shown has $TOKEN in place of the token, what is copied has the token.
function curl({ method }, { path, body: content, type: media }, shown) {
  const parts = [`curl ${method === "get" ? "" : `-X ${method.toUpperCase()} `}${quote(location.origin + path)}`];
  for (const [name, value] of Object.entries(headers(current(), shown))) parts.push(shown ? `-H "${name}: ${value}"` : `-H ${quote(`${name}: ${value}`)}`);
  if (current().kind === "cookie") parts.push('-b "$COOKIE"', ...(method === "get" ? [] : [`-H ${quote(`Origin: ${location.origin}`)}`]));
  if (content) parts.push(`-H ${quote(`Content-Type: ${media}`)}`, `-d ${quote(content)}`);
  return parts.join(" \\\n  ");
}

// copy is there where the browser lets a page write to the clipboard: over https, and on localhost.
function copy(text) {
  if (!navigator.clipboard) return null;
  const button = el("button", { type: "button", class: "quiet", click: async () => {
    await navigator.clipboard.writeText(text());
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  } }, "Copy");
  return button;
}
