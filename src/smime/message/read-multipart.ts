/** What stands between the delimiters of a multipart body (RFC 2046, section 5.1.1). */
export interface ReadMultipart {
  /** Without the line break before the next delimiter, which belongs to that. */
  readonly parts: readonly Buffer[]
  /** Whether the last delimiter is there. */
  readonly closed: boolean
}

const mostParts = 1_000

/** Splits a multipart body; nothing is copied. */
export function readMultipart(body: Buffer, boundary: string): ReadMultipart {
  const parts: Buffer[] = []
  let delimiter = delimiterAt(body, boundary, 0)
  while (delimiter && !delimiter.isLast) {
    const next = delimiterAt(body, boundary, delimiter.end)
    if (parts.length === mostParts) throw new Error(`it has more than ${mostParts} parts`)
    parts.push(body.subarray(delimiter.end, Math.max(delimiter.end, next?.start ?? body.length)))
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

function delimiterAt(body: Buffer, boundary: string, from: number): Delimiter | null {
  const dashed = Buffer.from(`--${boundary}`)
  for (let at = body.indexOf(dashed, from); at >= 0; at = body.indexOf(dashed, at + 1)) {
    if (at > 0 && body[at - 1] !== lf) continue
    let end = at + dashed.length
    const isLast = body[end] === dash && body[end + 1] === dash
    if (isLast) end += 2
    while (body[end] === space || body[end] === tab) end++
    const broken = body[end] === cr && body[end + 1] === lf ? 2 : body[end] === lf ? 1 : 0
    // The boundary of a nested multipart may begin with this one.
    if (broken === 0 && end < body.length) continue
    const start = at >= 2 && body[at - 2] === cr ? at - 2 : Math.max(at - 1, 0)
    return { start, end: end + broken, isLast }
  }
  return null
}

const [lf, cr, dash, space, tab] = [0x0a, 0x0d, 0x2d, 0x20, 0x09]
