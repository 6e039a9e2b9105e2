/** What a Content-Type field says (RFC 2045, section 5.1). */
export interface ContentType {
  /** In lower case: `multipart/signed`. */
  readonly type: string
  /** By their names in lower case. */
  readonly parameters: ReadonlyMap<string, string>
  /** A parameter is there twice, or the value is not of the form that it has to have: readers will differ. */
  readonly ambiguous: boolean
}

const token = "[!#$%&'*+\\-.^_`{|}~0-9A-Za-z]+"
const start = new RegExp(`^\\s*(${token})\\s*/\\s*(${token})\\s*`)
const parameter = new RegExp(
  `;\\s*(?:(${token})\\s*=\\s*(?:(${token}[^\\s;"]*)|"((?:[^"\\\\]|\\\\.)*)")\\s*)?`,
  'y',
)

/** Reads a Content-Type or Content-Disposition-like value; without one, a part is plain text (section 5.2). */
export function readContentType(value: string | null): ContentType {
  if (value === null) return { type: 'text/plain', parameters: new Map(), ambiguous: false }
  const found = start.exec(value)
  if (!found) return { type: 'text/plain', parameters: new Map(), ambiguous: true }
  const [whole, type = '', subtype = ''] = found
  const parameters = new Map<string, string>()
  let ambiguous = false
  let at = whole.length
  while (at < value.length) {
    parameter.lastIndex = at
    const match = parameter.exec(value)
    if (!match) {
      ambiguous = true
      break
    }
    at = parameter.lastIndex
    const [, name, plain, quoted] = match
    if (name === undefined) continue
    const key = name.toLowerCase()
    if (parameters.has(key)) ambiguous = true
    else parameters.set(key, plain ?? (quoted ?? '').replace(/\\(.)/g, '$1'))
  }
  return { type: `${type}/${subtype}`.toLowerCase(), parameters, ambiguous }
}
