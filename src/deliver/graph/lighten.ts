import { parseHeaderValue } from 'nodemailer/lib/mime-funcs'
import { encodeBase64Lines } from '../../base64-lines.js'
import { decodeWords } from '../../decode-words.js'
import { childrenOf, fieldOf, type MimeNode, nodeAt } from '../../mime-node.js'
import { isTooLarge } from './request-size.js'

/** A file that was taken out of a message. */
export interface MailFile {
  readonly name: string
  /** Type and subtype. */
  readonly contentType: string
  /** By which HTML shows it, without its angle brackets, or null. */
  readonly contentId: string | null
  /** Whether it stands beside HTML that shows it. */
  readonly isInline: boolean
  readonly content: Buffer
}

/** A message that fits into one request, and the files that were in it. */
export interface LightMail {
  readonly message: Buffer
  readonly files: readonly MailFile[]
}

/** Why files cannot be taken out of a message: half a sentence, of which the message is the subject. */
export interface Obstacle {
  readonly obstacle: string
}

/**
 * Takes the largest files out of a message, as few as make it fit into one request; all else stays octet by octet.
 * What somebody signed or encrypted is left alone, as is a tree with parts of kinds that are not known here.
 */
export function lighten(message: Buffer): LightMail | Obstacle {
  const text = message.toString('latin1')
  const root = nodeAt(text, 0, text.length, true)
  const type = typeOf(root)
  if (PROTECTED.test(type))
    return { obstacle: 'is signed or encrypted, and would not be any more with its files taken out' }
  if (fieldOf(root.headers, 'dkim-signature') !== undefined)
    return { obstacle: 'is signed for its domain (DKIM), and would not be any more with its files taken out' }
  const places = placesIn(root, text, DEEPEST, { left: MOST_PARTS })
  if (places === null)
    return { obstacle: 'has parts of a kind, or so many of them, that no file can be taken out safely' }
  const taken: (Place & { readonly file: MailFile })[] = []
  let length = message.length
  for (const place of places.sort((one, other) => sizeOf(other) - sizeOf(one))) {
    if (!isTooLarge({ length })) break
    const file = fileAt(place, text)
    if (file === null) continue
    taken.push({ ...place, file })
    length -= sizeOf(place)
  }
  if (isTooLarge({ length })) return { obstacle: 'is too large even without its files' }
  taken.sort((one, other) => one.start - other.start)
  return { message: withoutPlaces(message, taken), files: taken.map(({ file }) => file) }
}

/** Where a file stands, from the line break on that belongs to the delimiter before it (RFC 2046, section 5.1.1). */
interface Place {
  readonly start: number
  readonly end: number
  readonly node: MimeNode
  readonly isInline: boolean
}

/** Where files may stand; null for a tree that is not wholly known. */
function placesIn(node: MimeNode, text: string, depth: number, parts: { left: number }): Place[] | null {
  if (!node.isWhole || isAmbiguous(node)) return null
  const type = typeOf(node)
  if (!type.startsWith('multipart/')) return []
  const boundary = parametersOf(node, 'content-type').boundary
  if (!KNOWN.has(type) || !boundary || depth === 0) return null
  const children = childrenOf(node, text, boundary, parts.left + 1)
  parts.left -= children.length
  if (parts.left < 0) return null
  const places: Place[] = []
  for (const [index, child] of children.entries()) {
    const inside = placesIn(child, text, depth - 1, parts)
    if (inside === null) return null
    places.push(...inside)
    const before = children[index - 1]
    // The first is what the others belong to (RFC 2387, section 3.2), and a multipart without parts is none.
    if (before && type !== 'multipart/alternative' && !typeOf(child).startsWith('multipart/'))
      places.push({
        ...{ start: before.bodyEnd, end: child.bodyEnd },
        ...{ node: child, isInline: type === 'multipart/related' },
      })
  }
  return children.length === 0 ? null : places
}

/** The file at a place; null where it is none, or not written as every reader reads it. */
function fileAt({ node, isInline }: Place, text: string): MailFile | null {
  const disposition = fieldOf(node.headers, 'content-disposition') ?? ''
  const name =
    parametersOf(node, 'content-disposition').filename ?? parametersOf(node, 'content-type').name ?? ''
  const contentId = /^<([^<>\s]+)>$/.exec(fieldOf(node.headers, 'content-id') ?? '')?.[1] ?? null
  const contentType = typeOf(node)
  if (isInline ? contentId === null : !/^attachment(?:[\s;]|$)/i.test(disposition)) return null
  if (name === '' || /^message\//.test(contentType)) return null
  if (fieldOf(node.headers, 'content-transfer-encoding')?.toLowerCase() !== 'base64') return null
  const written = text.slice(node.bodyStart, node.bodyEnd)
  const content = Buffer.from(written, 'base64')
  // Whatever else decodes to the same may decode to something else elsewhere.
  if (encodeBase64Lines(content).toString('latin1').trimEnd() !== written.trimEnd()) return null
  return { name, contentType, contentId, isInline, content }
}

function withoutPlaces(message: Buffer, places: readonly Place[]): Buffer {
  const kept: Buffer[] = []
  let at = 0
  for (const { start, end } of places) {
    kept.push(message.subarray(at, start))
    at = end
  }
  return Buffer.concat([...kept, message.subarray(at)])
}

function typeOf(node: MimeNode): string {
  return parseHeaderValue(fieldOf(node.headers, 'content-type') ?? 'text/plain').value.toLowerCase()
}

/** The parameters of a field, decoded, by their names in lower case. */
function parametersOf(node: MimeNode, name: string): Record<string, string | undefined> {
  const field = Buffer.from(fieldOf(node.headers, name) ?? '', 'latin1').toString('utf8')
  const { params } = parseHeaderValue(field)
  return Object.fromEntries(Object.entries(params).map(([key, value]) => [key, decodeWords(value)]))
}

/** Whether a field is there twice on which it depends what the part is. */
function isAmbiguous({ headers }: MimeNode): boolean {
  const names = headers.map(({ name }) => name.toLowerCase()).filter((name) => name.startsWith('content-'))
  return new Set(names).size < names.length
}

function sizeOf({ start, end }: Place): number {
  return end - start
}

const PROTECTED = /^(?:multipart\/(?:signed|encrypted)|application\/(?:x-)?pkcs7-mime)$/
const KNOWN = new Set(['multipart/mixed', 'multipart/related', 'multipart/alternative'])
const DEEPEST = 20
/** In the whole tree. A mail has some dozens; millions of empty ones take few octets and much time. */
const MOST_PARTS = 2_000
