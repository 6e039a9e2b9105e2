import { childOf, type DerValue, oidOf, readDer, tags } from '../encoding/der.js'

/** What is in a CMS message (RFC 5652, section 3). */
export interface ContentInfo {
  /** Its kind, as an object identifier. */
  readonly type: string
  readonly content: DerValue
}

/**
 * Reads the outermost structure.
 *
 * @throws Error for what is no CMS
 */
export function readContentInfo(bytes: Buffer): ContentInfo {
  const outer = readDer(bytes)
  if (outer.tag !== tags.sequence) throw new Error('it is no CMS message')
  return {
    type: oidOf(childOf(outer, 0)),
    content: childOf(childOf(outer, 1, tags.context0), 0, tags.sequence),
  }
}
