import { type ContentType, readContentType } from './read-content-type.js'
import { fieldsNamed, type ReadField, readHeader } from './read-header.js'

/** A message or a part of one, with its bytes as they came. */
export interface ReadEntity {
  /** Header and body: what a detached signature covers. */
  readonly raw: Buffer
  readonly fields: readonly ReadField[]
  readonly body: Buffer
  readonly contentType: ContentType
  /** What kind of content it has can be understood in more than one way. */
  readonly ambiguous: boolean
  /** A line of its header is no field. */
  readonly malformed: boolean
}

/** Takes the bytes of a message or part apart; nothing is copied. */
export function readEntity(raw: Buffer): ReadEntity {
  const { fields, bodyStart, malformed } = readHeader(raw)
  const types = fieldsNamed(fields, 'content-type')
  const encodings = fieldsNamed(fields, 'content-transfer-encoding')
  const contentType = readContentType(types[0]?.value ?? null)
  return {
    raw,
    fields,
    body: raw.subarray(bodyStart),
    contentType,
    malformed,
    ambiguous: contentType.ambiguous || types.length > 1 || encodings.length > 1,
  }
}

/** The body without its transfer encoding (RFC 2045, section 6). */
export function decodedBody({ fields, body }: ReadEntity): Buffer {
  const encoding = fieldsNamed(fields, 'content-transfer-encoding')[0]?.value.toLowerCase() ?? '7bit'
  // Buffer's own decoder passes over line breaks, and over whatever else is not of the alphabet (section 6.8).
  if (encoding === 'base64') return Buffer.from(body.toString('latin1'), 'base64')
  if (encoding === 'quoted-printable') return fromQuotedPrintable(body.toString('latin1'))
  return body
}

function fromQuotedPrintable(text: string): Buffer {
  const joined = text.replace(/[ \t]*(\r?\n)/g, '$1').replace(/=\r?\n/g, '')
  const octets = joined.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(octets, 'latin1')
}
