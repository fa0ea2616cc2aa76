// el makes an element. Children are elements or text; text stays text, so that nothing an API answers becomes markup.
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

// field is an input with its label.
export function field(label, attributes, control = "input", ...children) {
  const input = el(control, attributes, ...children);
  return { input, label: el("label", { class: "field" }, el("span", {}, label), input) };
}

// markdown shows the little of it that the document uses: paragraphs, `code` and **bold**.
export function markdown(text) {
  return text.split(/\n{2,}/).filter(Boolean).map((paragraph) =>
    el("p", {}, paragraph.replaceAll("\n", " ").split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
      if (part.startsWith("`")) return el("code", {}, part.slice(1, -1));
      if (part.startsWith("**")) return el("b", {}, part.slice(2, -2));
      return part;
    })));
}

const token = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

// json shows JSON with its names and values told apart; very long text is left plain, which is quicker.
export function json(text) {
  const code = el("code");
  if (text.length > 200_000) return code.append(text), code;
  let end = 0;
  for (const match of text.matchAll(token)) {
    const kind = match[2] ? "name" : match[1] ? "string" : "literal";
    code.append(text.slice(end, match.index), el("span", { class: kind }, match[1] ?? match[0]), match[2] ?? "");
    end = match.index + match[0].length;
  }
  code.append(text.slice(end));
  return code;
}
