/** What a Content-Type field says (RFC 2045, section 5.1). */
export interface ContentType {
  /** In lower case: `multipart/signed`. */
  readonly type: string
  /** By their names in lower case; the first of each name. */
  readonly parameters: ReadonlyMap<string, string>
  /** A parameter is there twice, or the value is not of the form that it has to have: readers will differ. */
  readonly ambiguous: boolean
}

/**
 * Reads a Content-Type or Content-Disposition-like value; without one, a part is plain text (section 5.2). What makes
 * no sense is left out, and the rest still counts.
 */
export function readContentType(value: string | null): ContentType {
  if (value === null) return { type: 'text/plain', parameters: new Map(), ambiguous: false }
  const [whole, type, subtype] = TYPE.exec(value) ?? []
  const { found, malformed } = parametersIn(value, whole?.length)
  const parameters = new Map<string, string>()
  for (const { name, content } of found) if (!parameters.has(name)) parameters.set(name, content)
  return {
    type: whole === undefined ? 'text/plain' : `${type}/${subtype}`.toLowerCase(),
    parameters,
    ambiguous: whole === undefined || malformed || parameters.size < found.length,
  }
}

/** A Content-Type field's value with a parameter in it, instead of those of the same name. */
export function withParameter(value: string, name: string, content: string): string {
  let rest = value
  for (const { name: other, start, end } of parametersIn(value).found.reverse()) {
    if (other === name) rest = rest.slice(0, start) + rest.slice(end)
  }
  return `${rest.replace(/[;\s]+$/, '')};\r\n ${name}="${content}"`
}

interface Parameter {
  readonly name: string
  readonly content: string
  /** Where it stands in the value, with the semicolon before it. */
  readonly start: number
  readonly end: number
}

function parametersIn(value: string, from = 0): { found: Parameter[]; malformed: boolean } {
  const found: Parameter[] = []
  let malformed = false
  let start = from
  while (start < value.length) {
    PARAMETER.lastIndex = start
    const match = PARAMETER.exec(value)
    if (!match) {
      malformed = true
      const next = value.indexOf(';', start)
      start = next < 0 ? value.length : next
      continue
    }
    const [, name, quoted, plain = ''] = match
    const end = PARAMETER.lastIndex
    if (name !== undefined) {
      if (quoted === undefined && !BEGINS_WITH_TOKEN.test(plain)) malformed = true
      const content = quoted === undefined ? plain : quoted.replace(/\\(.)/gs, '$1')
      found.push({ name: name.toLowerCase(), content, start, end })
    }
    start = end
  }
  return { found, malformed }
}

const token = "[!#$%&'*+\\-.^_`{|}~0-9A-Za-z]+"
const TYPE = new RegExp(`^\\s*(${token})\\s*/\\s*(${token})\\s*`)
/** Semicolon, name, and what it is: in quotation marks, or not. A semicolon may stand alone. */
const PARAMETER = new RegExp(`;\\s*(?:(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]*))\\s*)?`, 'sy')
const BEGINS_WITH_TOKEN = new RegExp(`^${token}`)
