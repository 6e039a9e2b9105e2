import type { HeaderField } from '../../mail.js'
import { childrenOf, fieldOf, type MimeNode } from '../../mime-node.js'
import { readContentType } from './read-content-type.js'

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
): readonly MimeNode[] {
  const whole = { headers, headerStart: null, bodyStart: 0, bodyEnd: body.length, isWhole }
  return partsIn(whole, body, DEEPEST)
}

function partsIn(node: MimeNode, body: string, depth: number): readonly MimeNode[] {
  const { type, parameters, ambiguous } = readContentType(fieldOf(node.headers, 'content-type') ?? null)
  // What readers may take for something else is not known to be text.
  if (ambiguous) return []
  if (/^\s*attachment/i.test(fieldOf(node.headers, 'content-disposition') ?? '')) return []
  if (type === 'text/plain' || type === 'text/html') return node.isWhole ? [node] : []
  const boundary = parameters.get('boundary')
  if (!boundary || depth === 0) return []
  if (type === 'multipart/alternative') {
    return childrenOf(node, body, boundary).flatMap((child) => partsIn(child, body, depth - 1))
  }
  const [first] = FIRST_CHILD_ONLY.has(type) ? childrenOf(node, body, boundary, 1) : []
  return first ? partsIn(first, body, depth - 1) : []
}

const FIRST_CHILD_ONLY = new Set(['multipart/mixed', 'multipart/related'])
const DEEPEST = 10
