import { el, markdown } from "./dom.js";
import { limits, members, resolve, type } from "./schema.js";
import { tryIt } from "./try.js";

const guards = { anyone: "Anyone", "optional user": "Anyone, signed in or not", user: "Signed-in users" };

// guard says in words who an operation answers.
export const guard = (operation) => guards[operation["x-guard"]] ?? `Role: ${operation["x-guard"]}`;

export const method = (name) => el("span", { class: `method ${name}` }, name.toUpperCase());

// view shows one operation: what it is on one side, and a try of it on the other.
export function view(entry) {
  const { operation } = entry;
  return el("article", { class: "operation" },
    el("header", {},
      el("h1", {}, operation.summary),
      el("p", { class: "path" }, method(entry.method), el("code", {}, entry.path)),
      el("p", { class: "guard" }, guard(operation)),
      markdown((operation.description ?? "").replace(/\n*For: [^\n]*\.$/, ""))),
    el("div", { class: "about" }, parameters(operation), body(operation), answers(operation)),
    tryIt(entry));
}

function section(title, ...children) {
  return el("section", {}, el("h2", {}, title), ...children);
}

function parameters({ parameters: all = [] }) {
  return all.length > 0 && section("Parameters", el("ul", { class: "members" }, all.map((p) => el("li", {},
    el("div", {}, el("code", { class: "member" }, p.name), el("span", { class: "type" }, type(p.schema)),
      p.required ? "" : el("span", { class: "tag" }, "optional"), el("span", { class: "limits" }, [p.in === "path" ? "in the path" : "", limits(p.schema)].filter(Boolean).join(" · "))),
    markdown(p.description ?? "")))));
}

function body({ requestBody }) {
  return requestBody && section(requestBody.required ? "Body" : "Body, optional", Object.entries(requestBody.content).map(([media, { schema }]) =>
    el("div", {}, el("p", { class: "muted" }, media), members(schema))));
}

function answers({ responses }) {
  const all = Object.entries(responses).map(([status, response]) => [status, resolve(response)]);
  return section("Answers", all.map(([status, response]) => status < "400" ? success(status, response) : failure(status, response)));
}

function success(status, response) {
  const { schema } = response.content?.["application/json"] ?? {};
  return el("div", { class: "answer" }, el("p", {}, el("b", { class: "status good" }, status), ` ${response.description}`), schema && members(schema));
}

function failure(status, response) {
  const examples = Object.entries(response.content?.["application/problem+json"]?.examples ?? {});
  return el("div", { class: "answer" }, el("p", {}, el("b", { class: `status ${status < "500" ? "warn" : "bad"}` }, status), ` ${response.description}`),
    el("dl", {}, examples.map(([code, { summary }]) => [el("dt", {}, el("code", {}, code)), el("dd", {}, summary)])));
}
