import { contentOf } from './content-of.js'
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

/** The body without its transfer encoding (RFC 2045, section 6); in an encoding that does not exist, as it is. */
export function decodedBody({ fields, body }: ReadEntity): Buffer {
  const encoding = fieldsNamed(fields, 'content-transfer-encoding')[0]?.value.toLowerCase()
  // What is not encoded may be large, and is not copied.
  const isEncoded = encoding === 'base64' || encoding === 'quoted-printable'
  return (isEncoded && contentOf(body.toString('latin1'), encoding)) || body
}
