import type { HeaderField } from './mail.js'

/**
 * A part of a MIME tree that is being sent, by where it stands in the body of the tree, so that parts of it can be
 * exchanged and all else stays octet by octet. The body may be the beginning of a longer one. What strangers sent is
 * read by `readMultipart` and `readHeader`, which need no places and refuse what readers could differ on.
 */
export interface MimeNode {
  readonly headers: readonly HeaderField[]
  /** Where its header begins; null for the tree's root, whose header is not there. */
  readonly headerStart: number | null
  readonly bodyStart: number
  readonly bodyEnd: number
  /** Whether its end is there, and not only its beginning. */
  readonly isWhole: boolean
}

/** The parts between a multipart's delimiters (RFC 2046, section 5.1.1). */
export function childrenOf(
  node: MimeNode,
  body: string,
  boundary: string,
  most = Number.POSITIVE_INFINITY,
): MimeNode[] {
  const children: MimeNode[] = []
  let delimiter = findDelimiter(body, boundary, node.bodyStart, node.bodyEnd)
  while (delimiter && !delimiter.isLast && children.length < most) {
    const next = findDelimiter(body, boundary, delimiter.end, node.bodyEnd)
    children.push(nodeAt(body, delimiter.end, next?.start ?? node.bodyEnd, next !== null))
    delimiter = next
  }
  return children
}

interface Delimiter {
  /** Where the line break that belongs to it begins. */
  readonly start: number
  readonly end: number
  readonly isLast: boolean
}

function findDelimiter(body: string, boundary: string, from: number, limit: number): Delimiter | null {
  const dashed = `--${boundary}`
  for (let at = body.indexOf(dashed, from); at >= 0 && at < limit; at = body.indexOf(dashed, at + 1)) {
    if (at > 0 && body[at - 1] !== '\n') continue
    const lineEnd = body.indexOf('\n', at)
    const end = lineEnd < 0 || lineEnd >= limit ? limit : lineEnd + 1
    const rest = body.slice(at + dashed.length, end)
    if (!/^(?:--)?[ \t]*(?:\r?\n)?$/.test(rest)) continue
    const start = body[at - 2] === '\r' ? at - 2 : at - 1
    return { start: Math.max(start, from), end, isLast: rest.startsWith('--') }
  }
  return null
}

export function nodeAt(body: string, start: number, end: number, isWhole: boolean): MimeNode {
  const blank = /^\r?\n/.exec(body.slice(start, start + 2))?.[0].length
  const gap = body.slice(start, Math.min(end, start + LONGEST_HEADER)).search(/\r?\n\r?\n/)
  if (blank !== undefined)
    return { headers: [], headerStart: start, bodyStart: start + blank, bodyEnd: end, isWhole }
  if (gap < 0) return { headers: [], headerStart: start, bodyStart: end, bodyEnd: end, isWhole: false }
  const separator = /^\r?\n\r?\n/.exec(body.slice(start + gap, start + gap + 4))?.[0].length ?? 0
  const headers = readFields(body.slice(start, start + gap))
  return { headers, headerStart: start, bodyStart: start + gap + separator, bodyEnd: end, isWhole }
}

/** Header fields, their folding kept. */
function readFields(text: string): HeaderField[] {
  return text.split(/\r?\n(?![ \t])/).flatMap((line) => {
    const colon = line.indexOf(':')
    return colon < 1 ? [] : [{ name: line.slice(0, colon).trim(), value: line.slice(colon + 1).trim() }]
  })
}

/** A field's value, unfolded; undefined where there is no such field. */
export function fieldOf(headers: readonly HeaderField[], name: string): string | undefined {
  return headers.find((field) => field.name.toLowerCase() === name)?.value.replace(/\r?\n(?=[ \t])/g, '')
}

const LONGEST_HEADER = 65_536
