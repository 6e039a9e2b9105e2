/** What Python calls white space; JavaScript's own idea of it has U+FEFF and lacks U+0085 and U+001C to U+001F. */
export const whitespace =
  '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'

const one = new RegExp(`^[${whitespace}]$`)

/** Where the white space that begins at `from` ends. */
export function afterWhitespace(text: string, from: number): number {
  let at = from
  while (at < text.length && one.test(text.charAt(at))) at++
  return at
}

/** The text without the white space at its end. Walked by hand: an expression takes quadratic time on long runs. */
export function trimEnd(text: string): string {
  let end = text.length
  while (end > 0 && one.test(text.charAt(end - 1))) end--
  return text.slice(0, end)
}

/** The text without what `lstrip_blocks` takes: the white space between the start of a line and a tag. */
export function trimLine(text: string, startsLine: boolean): string {
  const line = text.lastIndexOf('\n') + 1
  const ownLine = line > 0 || startsLine
  return ownLine && afterWhitespace(text, line) === text.length ? text.slice(0, line) : text
}

/** A source as Jinja2 reads it: lines end in a line feed, and the last one's is not part of the template. */
export function normalizeSource(source: string): string {
  const unix = source.includes('\r') ? source.replace(/\r\n?/g, '\n') : source
  return unix.endsWith('\n') ? unix.slice(0, -1) : unix
}
