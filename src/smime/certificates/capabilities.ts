import { type ContentCipher, cbcCiphers, contentCiphers, gcmCiphers } from '../cms/cipher-table.js'
import { childOf, type DerValue, oid, oidOf, sequence } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'
import type { Certificate } from './certificate.js'

/** What mails are encrypted with, best first, and what it is called in sMIMECapabilities. */
const known = contentCiphers.map((cipher) => [cipher, { ...cbcCiphers, ...gcmCiphers }[cipher].id] as const)

/** What everybody reads of whom nothing is known, best first (RFC 8551, section 2.7.2). */
const usual: readonly string[] = [oids.aes256Cbc, oids.aes192Cbc, oids.aes128Cbc]

/** What stands before capabilities in PEM, behind the certificate whose owner has them. */
export const CAPABILITIES_LABEL = 'SMIME CAPABILITIES'

/** Capabilities as they are kept: those that are known here, in DER (RFC 8551, section 2.5.2). */
export function writeCapabilities(capabilities: readonly string[]): Buffer {
  const wanted = known.map(([, id]) => id).filter((id) => capabilities.includes(id))
  return sequence(...wanted.map((id) => sequence(oid(id))))
}

/**
 * The object identifiers in SMIMECapabilities.
 *
 * @throws Error for those of another structure
 */
export function readCapabilities({ children }: DerValue): string[] {
  return children.map((capability) => oidOf(childOf(capability, 0)))
}

/**
 * The best cipher that all recipients read: by the capabilities that were learned from their mail, or stand in their
 * certificates (RFC 4262), where there are any. Where they have none in common it is AES-128-CBC, which all have to read (RFC 8551, section 2.7), and never
 * a weaker one.
 */
export function bestCipher(certificates: readonly Certificate[]): ContentCipher {
  const lists = certificates.map((certificate) => capabilitiesOf(certificate) ?? usual)
  const best = known.find(([, id]) => lists.every((list) => list.includes(id)))
  return best?.[0] ?? 'aes-128-cbc'
}

/** What is known of a certificate's owner's mail program: what it decrypts, as object identifiers; null for nothing. */
function capabilitiesOf({ learned, extensions }: Certificate): readonly string[] | null {
  if (learned) return learned
  try {
    const list = extensions.get(oids.smimeCapabilities)?.value()
    return list ? readCapabilities(list) : null
  } catch {
    // It is malformed, and the certificate is no worse for it.
    return null
  }
}
