import { isAscii } from 'node:buffer'
import { encodeBase64Lines } from '../../base64-lines.js'
import type { HeaderField, MimeEntity } from '../../mail.js'
import { entityOf, headerBytes } from '../../mime.js'
import { childrenOf, fieldOf, type MimeNode, nodeAt } from '../../mime-node.js'
import { contentOf } from './content-of.js'
import { readContentType } from './read-content-type.js'

/** A message (RFC 5322) taken apart: its own fields, and the entity that they head. */
export interface ReadMessage {
  readonly headers: readonly HeaderField[]
  readonly entity: MimeEntity
}

/**
 * Takes a message of anybody's apart so that it can be signed: every line ends with CRLF, and parts that are not
 * 7-bit, or whose lines are too long for mail, are in base64 (RFC 8551, section 3.1). All else stays, octet by
 * octet.
 */
export function readMessage(message: Uint8Array): ReadMessage {
  const text = Buffer.from(message.buffer, message.byteOffset, message.byteLength)
    .toString('latin1')
    .replace(/\r\n|\r|\n/g, '\r\n')
  const root = nodeAt(text, 0, text.length, true)
  // Unless its header is all there is.
  const fields = (root.isWhole ? root : nodeAt(`${text}\r\n\r\n`, 0, text.length + 4, true)).headers.map(
    inUtf8,
  )
  const isContent = ({ name }: HeaderField) => /^content-/i.test(name)
  const body = text.slice(root.bodyStart)
  const safe = safeNode({ ...root, headerStart: null, bodyStart: 0, bodyEnd: body.length }, body, DEEPEST)
  return {
    headers: fields.filter((field) => !isContent(field)),
    entity: entityOf(safe.headers.filter(isContent), Buffer.from(safe.body, 'latin1')),
  }
}

/** The fields were read an octet a character; letters beyond ASCII in them are UTF-8 (RFC 6532). */
function inUtf8({ name, value }: HeaderField): HeaderField {
  return { name, value: Buffer.from(value, 'latin1').toString() }
}

interface SafeNode {
  readonly headers: readonly HeaderField[]
  readonly body: string
}

/** A node whose leaves survive any way. */
function safeNode({ headers, bodyStart, bodyEnd }: MimeNode, text: string, depth: number): SafeNode {
  const body = text.slice(bodyStart, bodyEnd)
  if (isSafe(body)) return { headers, body }
  const { type, parameters } = readContentType(fieldOf(headers, 'content-type') ?? null)
  const boundary = parameters.get('boundary')
  const here = { headers, headerStart: null, bodyStart: 0, bodyEnd: body.length, isWhole: true }
  if (depth > 0 && type.startsWith('multipart/') && boundary) {
    return { headers, body: withSafe(childrenOf(here, body, boundary), body, depth) }
  }
  if (depth > 0 && type === 'message/rfc822') {
    return { headers, body: withSafe([nodeAt(body, 0, body.length, true)], body, depth) }
  }
  const content = contentOf(body, fieldOf(headers, 'content-transfer-encoding'))
  if (content === null) return { headers, body }
  const others = headers.filter(({ name }) => name.toLowerCase() !== 'content-transfer-encoding')
  return {
    headers: [...others, { name: 'Content-Transfer-Encoding', value: 'base64' }],
    body: encodeBase64Lines(content).toString('latin1'),
  }
}

/** A body with its children made safe, and what stands between them as it is. */
function withSafe(children: readonly MimeNode[], body: string, depth: number): string {
  let safe = ''
  let position = 0
  for (const child of children) {
    const start = child.headerStart ?? 0
    const { headers, body: content } = safeNode(child, body, depth - 1)
    const changed = content !== body.slice(child.bodyStart, child.bodyEnd)
    // Fields that were not changed keep even their odd white space.
    const header = changed
      ? `${headerBytes(headers).toString('latin1')}\r\n`
      : body.slice(start, child.bodyStart)
    safe += body.slice(position, start) + header + content
    position = child.bodyEnd
  }
  return safe + body.slice(position)
}

function isSafe(text: string): boolean {
  return isAscii(Buffer.from(text, 'latin1')) && !text.includes('\0') && !LONG_LINE.test(text)
}

/** RFC 5322, section 2.1.1. */
const LONG_LINE = /[^\r\n]{999}/
const DEEPEST = 20
