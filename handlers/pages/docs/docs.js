import { el, markdown } from "./dom.js";
import { guard, method, view } from "./operation.js";
import { read } from "./schema.js";
import { resume } from "./session.js";
import { prepare } from "./sign-in.js";

const [menu, side, nav, filter, main] = ["menu", "side", "nav", "filter", "main"].map((id) => document.getElementById(id));
const views = new Map();

// entries are the document's operations, in its order.
function entries(doc) {
  return Object.entries(doc.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([name, operation]) => ({ path, method: name, operation, id: operation.operationId, text: search(path, name, operation) })));
}

function search(path, name, operation) {
  return [name, path, operation.operationId, operation.summary, operation.description, operation["x-guard"], ...Object.keys(operation.responses)].join(" ").toLowerCase();
}

// breakable lets a long path go on in the next line behind a slash.
const breakable = (path) => path.split(/(?<=.\/)/).flatMap((part) => [part, el("wbr")]);

function link(entry) {
  return el("a", { href: `#${entry.id}`, "data-id": entry.id }, method(entry.method), el("span", {}, breakable(entry.path)));
}

// list shows the operations that have every word of the filter, by tag.
function list(doc, all) {
  const words = filter.value.toLowerCase().split(/\s+/);
  const found = all.filter(({ text }) => words.every((word) => text.includes(word)));
  nav.replaceChildren(...doc.tags.map(({ name }) => [name, found.filter(({ operation }) => operation.tags.includes(name))])
    .filter(([, some]) => some.length).map(([name, some]) => el("section", {}, el("h2", {}, name), some.map(link))));
  if (!found.length) nav.append(el("p", { class: "muted" }, "Nothing has all of these words."));
  mark();
}

function chosen() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return ""; // what stands there is no operation's name
  }
}

function mark() {
  for (const a of nav.querySelectorAll("a")) a.setAttribute("aria-current", a.dataset.id === chosen() ? "page" : "false");
}

// overview is what is shown first.
function overview(doc, all) {
  return el("article", { class: "overview" }, el("h1", {}, "Reference"), markdown(doc.info.description),
    el("table", {}, el("caption", {}, "Every operation"), el("tbody", {}, all.map((entry) => el("tr", {},
      el("td", {}, link(entry)), el("td", {}, entry.operation.summary), el("td", { class: "muted" }, guard(entry.operation)))))));
}

// show keeps what was made: what somebody typed is still there when they come back.
function show(doc, all) {
  const entry = all.find(({ id }) => id === chosen());
  const key = entry?.id ?? "";
  if (!views.has(key)) views.set(key, entry ? view(entry) : overview(doc, all));
  main.replaceChildren(views.get(key));
  document.title = `${entry?.operation.summary ?? "Reference"} · Countersign`;
  toggle(false);
  mark();
}

function toggle(opened) {
  menu.setAttribute("aria-expanded", opened);
  side.classList.toggle("opened", opened);
}

async function begin() {
  const answer = await fetch("/openapi.json", { credentials: "omit" });
  if (!answer.ok) throw new Error(`/openapi.json answered ${answer.status}`);
  const doc = await answer.json(), all = entries(doc);
  read(doc);
  document.getElementById("version").textContent = doc.info.version;
  prepare(doc);
  list(doc, all);
  show(doc, all);
  filter.addEventListener("input", () => list(doc, all));
  menu.addEventListener("click", () => toggle(menu.getAttribute("aria-expanded") !== "true"));
  addEventListener("hashchange", () => { if (chosen() !== "main") { show(doc, all); scrollTo(0, 0); main.focus(); } });
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.closest("input, textarea, select, dialog")) return;
    event.preventDefault();
    toggle(true);
    filter.focus();
  });
  await resume();
}

begin().catch((error) => main.replaceChildren(el("p", { class: "error", role: "alert" }, `The reference could not be shown: ${error.message}. Is the API running?`)));
