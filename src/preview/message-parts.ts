import { decodeWords } from '../decode-words.js'
import type { HeaderField } from '../mail.js'
import type { MessagePart } from './facts.js'

/** A message taken apart. */
export interface ReadMessage {
  /** All its fields, unfolded and decoded. */
  readonly headers: readonly HeaderField[]
  readonly root: MessagePart
}

/**
 * Takes a message apart that the compose and sign stages made: canonical CRLF, and boundaries that hold. What
 * others write needs a reader that forgives more.
 */
export function readMessage(bytes: Buffer): ReadMessage {
  const { fields } = split(bytes)
  return {
    headers: fields.map(({ name, value }) => ({ name, value: decodeWords(value) })),
    root: readPart(bytes, ''),
  }
}

/** RFC 2046, section 5.1: the parts stand between lines of the boundary. */
function readPart(bytes: Buffer, path: string): MessagePart {
  const { fields, body } = split(bytes)
  const field = (name: string) => fields.find((each) => each.name.toLowerCase() === name)?.value
  const contentType = field('content-type') ?? 'text/plain'
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase()
  const disposition = field('content-disposition')
  const encoding = (field('content-transfer-encoding') ?? '7bit').toLowerCase()
  const boundary = type.startsWith('multipart/') ? parameter(contentType, 'boundary') : null
  const parts =
    boundary === null
      ? []
      : between(body, boundary).map((part, index) =>
          readPart(part, path === '' ? `${index + 1}` : `${path}.${index + 1}`),
        )
  return {
    path: path === '' ? '0' : path,
    type,
    name: parameter(disposition ?? '', 'filename') ?? parameter(contentType, 'name'),
    contentId: field('content-id')?.replace(/^<|>$/g, '') ?? null,
    disposition: disposition?.split(';')[0]?.trim().toLowerCase() ?? null,
    encoding,
    size: bytes.length,
    content: parts.length > 0 ? new Uint8Array() : decode(body, encoding),
    parts,
  }
}

/** The fields, unfolded (RFC 5322, section 2.2.3), and what stands behind the empty line. */
function split(bytes: Buffer): { fields: HeaderField[]; body: Buffer } {
  // An entity without fields begins with the empty line.
  const empty = bytes.subarray(0, 2).toString() === '\r\n' ? 0 : bytes.indexOf('\r\n\r\n')
  const header = bytes.subarray(0, empty < 0 ? bytes.length : empty).toString()
  const lines = header.replace(/\r\n(?=[ \t])/g, '').split('\r\n')
  const fields = lines.flatMap((line) => {
    const colon = line.indexOf(':')
    return colon < 1 ? [] : [{ name: line.slice(0, colon), value: line.slice(colon + 1).trim() }]
  })
  const start = empty < 0 ? bytes.length : empty === 0 ? 2 : empty + 4
  return { fields, body: bytes.subarray(start) }
}

function between(body: Buffer, boundary: string): Buffer[] {
  const parts: Buffer[] = []
  const delimiter = `\r\n--${boundary}`
  // The first one may stand at the very beginning, and its line break before it.
  const whole = Buffer.concat([Buffer.from('\r\n'), body])
  let start = whole.indexOf(delimiter)
  for (;;) {
    const next = whole.indexOf(delimiter, start + delimiter.length)
    if (start < 0 || next < 0) return parts
    parts.push(whole.subarray(whole.indexOf('\r\n', start + delimiter.length) + 2, next))
    start = next
  }
}

function decode(body: Buffer, encoding: string): Uint8Array {
  if (encoding === 'base64') return Buffer.from(body.toString('latin1'), 'base64')
  if (encoding !== 'quoted-printable') return body
  // RFC 2045, section 6.7.
  const text = body
    .toString('latin1')
    .replace(/=\r\n/g, '')
    .replace(/=([\dA-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(text, 'latin1')
}

/** A parameter's value: quoted, plain, or in RFC 2231's writing, in one piece or several. */
function parameter(field: string, name: string): string | null {
  const plain = new RegExp(`;\\s*${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]+))`, 'i').exec(field)
  if (plain) return decodeWords(plain[1]?.replace(/\\(.)/g, '$1') ?? plain[2] ?? '')
  const pieces = [...field.matchAll(new RegExp(`;\\s*${name}(?:\\*\\d+)?\\*?=("?)([^;"]*)\\1`, 'gi'))]
  if (pieces.length === 0) return null
  const joined = pieces.map(([, , piece]) => piece).join('')
  return percentDecoded(joined.replace(/^[\w-]*'[^']*'/, ''))
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
