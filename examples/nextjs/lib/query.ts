type Params = Record<string, string | string[] | undefined>

// one gives a value of the address's query; an empty field of a form is none.
export function one(params: Params, name: string): string | undefined {
  const value = params[name]
  return typeof value === "string" && value !== "" ? value : undefined
}

// pageWith is the address of a page as it was asked for, with some values of its query changed.
export function pageWith(path: string, params: Params, changed: Record<string, string> = {}): string {
  const query = new URLSearchParams()
  for (const name of new Set([...Object.keys(params), ...Object.keys(changed)])) {
    const value = changed[name] ?? one(params, name)
    if (value) query.set(name, value)
  }
  return query.size ? `${path}?${query}` : path
}
