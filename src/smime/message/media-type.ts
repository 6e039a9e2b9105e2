/** A Content-Type field's value, taken apart (RFC 2045, section 5.1). */
export interface MediaType {
  /** In lower case: `text/html`. */
  readonly type: string
  /** By their names in lower case; the first of each name. */
  readonly parameters: ReadonlyMap<string, string>
}

/**
 * Reads a Content-Type field's value. What makes no sense is left out, and the rest still counts: this is for mails
 * that are being sent, whose parts have to be found to be kept whole. `readContentType` is for those of strangers,
 * and tells what readers could differ on.
 */
export function readMediaType(value: string): MediaType {
  const parameters = new Map<string, string>()
  for (const { name, content } of parametersIn(value)) {
    if (!parameters.has(name)) parameters.set(name, content)
  }
  const [type = ''] = value.split(';', 1)
  return { type: type.trim().toLowerCase(), parameters }
}

/** A Content-Type field's value with a parameter in it, instead of those of the same name. */
export function withParameter(value: string, name: string, content: string): string {
  let rest = value
  for (const { name: other, start, end } of parametersIn(value).reverse()) {
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

function parametersIn(value: string): Parameter[] {
  return [...value.matchAll(PARAMETER)].map(
    ({ 0: whole, 1: name = '', 2: quoted, 3: token = '', index }) => ({
      name: name.toLowerCase(),
      content: quoted === undefined ? token : quoted.replace(/\\(.)/gs, '$1'),
      start: index,
      end: index + whole.length,
    }),
  )
}

/** Semicolon, name, and what it is: in quotation marks, or not. */
const PARAMETER = /;\s*([^\s;="]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/gs
