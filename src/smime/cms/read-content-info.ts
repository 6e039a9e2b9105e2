import type { Bytes } from '../encoding/bytes.js'
import { childOf, type DerValue, oidOf, readDer, tags } from '../encoding/der.js'

/** What is in a CMS message (RFC 5652, section 3). */
export interface ContentInfo {
  /** Its kind, as an object identifier. */
  readonly type: string
  readonly content: DerValue
}

/** In octets: what a message needs beside its content, and all of which is held in memory. */
const mostBeside = 16 * 1024 * 1024

/**
 * Refuses a structure that has far more in it than the content which it is about.
 *
 * @throws Error
 */
export function assertModest(data: DerValue, content: DerValue | null): void {
  if (data.octets.length - (content?.octets.length ?? 0) > mostBeside)
    throw new Error('it has more beside its content than can be meant')
}

/** Twenty for each of as many recipients as a message may have. */
const mostValues = 200_000

/**
 * Reads the outermost structure.
 *
 * @throws Error for what is no CMS
 */
export function readContentInfo(bytes: Bytes): ContentInfo {
  const outer = readDer(bytes, mostValues)
  if (outer.tag !== tags.sequence) throw new Error('it is no CMS message')
  return {
    type: oidOf(childOf(outer, 0)),
    content: childOf(childOf(outer, 1, tags.context0), 0, tags.sequence),
  }
}
