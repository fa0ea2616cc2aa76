import { el, markdown } from "./dom.js";

let components = {};

export const read = (doc) => { components = doc.components; };

// resolve follows a reference into the document's components.
export function resolve(item) {
  const name = item?.$ref?.split("/").slice(2);
  return name ? { ...components[name[0]][name[1]], ...item, $ref: undefined, name: name[1] } : item;
}

// type says in a few words what a value is.
export function type(schema) {
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) return schema.anyOf.map(type).join(" or ");
  const types = [schema.type ?? "anything"].flat();
  return types.map((t) => t === "array" && schema.items ? `list of ${type(schema.items)}` : t).join(" or ");
}

// limits says what values are allowed.
export function limits(schema) {
  const { minLength, maxLength, minimum, maximum } = schema;
  const range = (low, high, of) => low != null && high != null ? `${low}–${high}${of}` : low != null ? `at least ${low}${of}` : high != null ? `at most ${high}${of}` : "";
  const values = (schema.enum ?? schema.anyOf?.find((s) => s.enum)?.enum)?.join(", ");
  return [range(minLength, maxLength, " characters"), range(minimum, maximum, ""), schema.format, values && `one of ${values}`, schema.pattern && `matches ${schema.pattern}`].filter(Boolean).join(" · ");
}

// within gives the object inside a list, or one that may be null.
function within(schema) {
  const inner = schema.anyOf?.find((s) => s.type !== "null") ?? schema.items;
  return inner ? within(inner) : schema;
}

// members lists what an object has, and what those have. An object inside itself is named and not listed again.
export function members(schema, above = []) {
  const whole = resolve(within(schema));
  if (!whole?.properties || above.includes(whole.name)) return null;
  const required = new Set(whole.required);
  return el("ul", { class: "members" }, Object.entries(whole.properties).map(([name, member]) => el("li", {},
    el("div", {}, el("code", { class: "member" }, name), el("span", { class: "type" }, type(member)),
      required.has(name) ? "" : el("span", { class: "tag" }, "optional"),
      el("span", { class: "limits" }, limits(member))),
    markdown(member.description ?? ""), members(member, [...above, whole.name]))));
}
