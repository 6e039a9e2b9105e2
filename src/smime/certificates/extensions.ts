import { childOf, type DerValue, octetsOf, oidOf, readDer, tags } from '../encoding/der.js'

/** The extensions of a certificate or revocation list (RFC 5280, section 4.2), by object identifier. */
export type Extensions = ReadonlyMap<string, Extension>

/** One of them. */
export interface Extension {
  /** Whoever does not know it must not accept what it is part of. */
  readonly critical: boolean
  /** Reads what it says. */
  value(): DerValue
}

/**
 * Reads a list of extensions.
 *
 * @throws Error where one is there twice (section 4.2), or the list is malformed
 */
export function extensionsIn(list: DerValue): Extensions {
  const extensions = new Map<string, Extension>()
  for (const extension of list.children) {
    const id = oidOf(childOf(extension, 0))
    if (extensions.has(id)) throw new Error('an extension is there twice')
    const octets = octetsOf(childOf(extension, extension.children.length - 1, tags.octetString))
    // What is there and not FALSE is taken for TRUE, the strict way to read a malformed one.
    const critical = extension.children.length > 2 && childOf(extension, 1).content[0] !== 0
    extensions.set(id, { critical, value: () => readDer(octets) })
  }
  return extensions
}
