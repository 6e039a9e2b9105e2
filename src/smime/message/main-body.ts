import type { HeaderField } from '../../mail.js'
import { readMediaType } from './media-type.js'

/** A leaf of a MIME tree that a reader shows as the mail's text. */
export interface MainBodyPart {
  readonly headers: readonly HeaderField[]
  /** Where its header begins in the body of the tree; null for the tree's root, whose header is not there. */
  readonly headerStart: number | null
  readonly bodyStart: number
  readonly bodyEnd: number
}

/**
 * The main body parts (RFC 9787, section 7.1): text/plain and text/html that is no attachment, found by the
 * first child of multipart/mixed and multipart/related, and every child of multipart/alternative.
 *
 * @param headers - the header fields of the tree's root
 * @param body - its body, an octet a character; perhaps only its beginning
 * @param isWhole - whether it is all of the body. Default true; a part whose end is not there is left out
 */
export function mainBodyParts(
  headers: readonly HeaderField[],
  body: string,
  isWhole = true,
): readonly MainBodyPart[] {
  const whole = { headers, headerStart: null, bodyStart: 0, bodyEnd: body.length, isWhole }
  return partsIn(whole, body, DEEPEST)
}

interface Node extends MainBodyPart {
  readonly isWhole: boolean
}

function partsIn(node: Node, body: string, depth: number): readonly MainBodyPart[] {
  const { type, parameters } = readMediaType(fieldOf(node.headers, 'content-type') ?? 'text/plain')
  if (/^\s*attachment/i.test(fieldOf(node.headers, 'content-disposition') ?? '')) return []
  if (type === 'text/plain' || type === 'text/html') return node.isWhole ? [node] : []
  const boundary = parameters.get('boundary')
  if (!boundary || depth === 0) return []
  if (type === 'multipart/alternative') {
    return childrenOf(node, body, boundary, Number.POSITIVE_INFINITY).flatMap((child) =>
      partsIn(child, body, depth - 1),
    )
  }
  const [first] = FIRST_CHILD_ONLY.has(type) ? childrenOf(node, body, boundary, 1) : []
  return first ? partsIn(first, body, depth - 1) : []
}

/** The parts between a multipart's delimiters (RFC 2046, section 5.1.1). */
function childrenOf(node: Node, body: string, boundary: string, most: number): Node[] {
  const children: Node[] = []
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

function nodeAt(body: string, start: number, end: number, isWhole: boolean): Node {
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

const FIRST_CHILD_ONLY = new Set(['multipart/mixed', 'multipart/related'])
const DEEPEST = 10
const LONGEST_HEADER = 65_536
