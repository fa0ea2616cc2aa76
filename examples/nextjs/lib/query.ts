type Params = Record<string, string | string[] | undefined>

// one gives a value of the address's query; an empty field of a form is none.
export function one(params: Params, name: string): string | undefined {
  const value = params[name]
  return typeof value === "string" && value !== "" ? value : undefined
}

// pageAt is the address of the same list at another place.
export function pageAt(path: string, params: Params, cursor: string): string {
  const query = new URLSearchParams({ cursor })
  for (const name of Object.keys(params)) {
    const value = one(params, name)
    if (value && name !== "cursor") query.set(name, value)
  }
  return `${path}?${query}`
}
