import type { Bytes } from '../encoding/bytes.js'

/** What stands between the delimiters of a multipart body (RFC 2046, section 5.1.1). */
export interface ReadMultipart {
  /** Without the line break before the next delimiter, which belongs to that. */
  readonly parts: readonly Bytes[]
  /** Whether the last delimiter is there. */
  readonly closed: boolean
}

const mostParts = 1_000
/** In characters; those who keep to the RFC have 70. Among its own beginnings, a long one is looked for for ever. */
const longestBoundary = 250

/**
 * Splits a multipart body; nothing is copied.
 *
 * @throws Error for one of more parts, or with a longer boundary, than can be meant
 */
export async function readMultipart(body: Bytes, boundary: string): Promise<ReadMultipart> {
  if (boundary.length > longestBoundary) throw new Error('its boundary is longer than can be meant')
  const parts: Bytes[] = []
  let delimiter = await delimiterAt(body, boundary, 0)
  while (delimiter && !delimiter.isLast) {
    const next = await delimiterAt(body, boundary, delimiter.end)
    if (parts.length === mostParts) throw new Error(`it has more than ${mostParts} parts`)
    parts.push(body.part(delimiter.end, Math.max(delimiter.end, next?.start ?? body.length)))
    delimiter = next
  }
  return { parts, closed: delimiter !== null }
}

interface Delimiter {
  /** Where the line break that belongs to it begins. */
  readonly start: number
  readonly end: number
  readonly isLast: boolean
}

async function delimiterAt(body: Bytes, boundary: string, from: number): Promise<Delimiter | null> {
  const dashed = Buffer.from(`--${boundary}`)
  const first =
    from === 0 && body.read(0, dashed.length).equals(dashed) ? delimiterIn(body, 0, dashed.length) : null
  if (first) return first
  const line = Buffer.concat([Buffer.of(lf), dashed])
  for (let at = Math.max(from - 1, 0); ; ) {
    const found = body.indexOf(line, at)
    // A stranger decides how many there are: nobody waits for what is at hand.
    const feed = typeof found === 'number' ? found : await found
    if (feed < 0) return null
    const delimiter = delimiterIn(body, feed + 1, dashed.length)
    if (delimiter) return delimiter
    at = feed + 1
  }
}

/** The delimiter that begins at a place; null where it is only the beginning of another line. */
function delimiterIn(body: Bytes, at: number, length: number): Delimiter | null {
  let end = at + length
  const isLast = body.octet(end) === dash && body.octet(end + 1) === dash
  if (isLast) end += 2
  while (body.octet(end) === space || body.octet(end) === tab) end++
  const broken = body.octet(end) === cr && body.octet(end + 1) === lf ? 2 : body.octet(end) === lf ? 1 : 0
  // The boundary of a nested multipart may begin with this one.
  if (broken === 0 && end < body.length) return null
  const start = at >= 2 && body.octet(at - 2) === cr ? at - 2 : Math.max(at - 1, 0)
  return { start, end: end + broken, isLast }
}

const [lf, cr, dash, space, tab] = [0x0a, 0x0d, 0x2d, 0x20, 0x09]
