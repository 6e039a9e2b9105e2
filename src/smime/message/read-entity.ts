import type { Bytes } from '../encoding/bytes.js'
import { type ContentType, readContentType } from './read-content-type.js'
import { fieldsNamed, type ReadField, readHeader } from './read-header.js'

/** A message or a part of one, with its bytes as they came. */
export interface ReadEntity {
  /** Header and body: what a detached signature covers. */
  readonly raw: Bytes
  readonly fields: readonly ReadField[]
  readonly body: Bytes
  readonly contentType: ContentType
  /** What kind of content it has can be understood in more than one way. */
  readonly ambiguous: boolean
  /** A line of its header is no field. */
  readonly malformed: boolean
}

/** Takes the bytes of a message or part apart; only its header is read. */
export function readEntity(raw: Bytes): ReadEntity {
  const { fields, bodyStart, malformed } = readHeader(raw)
  const types = fieldsNamed(fields, 'content-type')
  const encodings = fieldsNamed(fields, 'content-transfer-encoding')
  const contentType = readContentType(types[0]?.value ?? null)
  return {
    raw,
    fields,
    body: raw.part(bodyStart),
    contentType,
    malformed,
    ambiguous: contentType.ambiguous || types.length > 1 || encodings.length > 1,
  }
}
