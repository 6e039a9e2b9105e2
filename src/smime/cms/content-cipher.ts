import { createDecipheriv, type Decipher } from 'node:crypto'
import { childOf, countOf, type DerValue, octetsOf, oidOf, tags } from '../encoding/der.js'
import { cbcCiphers, cipherOf, gcmCiphers, gcmNonceLength, gcmTagLength } from './cipher-table.js'
import type { Authentication } from './read-enveloped-data.js'

/** How content is encrypted. */
export interface ContentCipher {
  /** For people: `AES-256-GCM`. */
  readonly name: string
  /** In octets. */
  readonly keyLength: number
  /** Whether whoever carries the message can change what is decrypted (EFAIL). */
  readonly authenticates: boolean
  /** An algorithm that is taken only where the caller allows it. */
  readonly old: boolean
  /** Starts to decrypt; `final` throws where the padding or the tag is wrong. */
  start(key: Buffer): Decipher
}

/**
 * Reads how content is encrypted.
 *
 * @throws Error for an algorithm that is not known here, or one whose parameters weaken it
 */
export function readContentCipher(algorithm: DerValue, authentication: Authentication | null): ContentCipher {
  const id = oidOf(childOf(algorithm, 0))
  if (authentication) return readGcm(id, algorithm, authentication)
  const cipher = cipherOf(cbcCiphers, id)
  if (!cipher) throw new Error(`its content is encrypted with an algorithm that is not known here (${id})`)
  const { name, keyLength, blockLength } = cbcCiphers[cipher]
  const iv = octetsOf(childOf(algorithm, 1, tags.octetString))
  if (iv.length !== blockLength) throw new Error('its initialisation vector is malformed')
  return {
    name,
    keyLength,
    authenticates: false,
    old: cipher === 'des-ede3-cbc',
    start: (key) => createDecipheriv(cipher, key, iv),
  }
}

/** AES-GCM (RFC 5084, section 3.2). A short tag is guessed too easily, and nobody needs one. */
function readGcm(id: string, algorithm: DerValue, { attributes, tag }: Authentication): ContentCipher {
  const cipher = cipherOf(gcmCiphers, id)
  if (!cipher) throw new Error(`its content is encrypted with an algorithm that is not known here (${id})`)
  const { name, keyLength } = gcmCiphers[cipher]
  const parameters = childOf(algorithm, 1, tags.sequence)
  const nonce = octetsOf(childOf(parameters, 0, tags.octetString))
  const tagLength = parameters.children.length > 1 ? countOf(childOf(parameters, 1)) : 12
  if (tagLength !== gcmTagLength || tag.length !== gcmTagLength)
    throw new Error('its authentication tag is shorter than 16 octets, and could be guessed')
  if (nonce.length !== gcmNonceLength) throw new Error('its nonce is not of 12 octets')
  return {
    name,
    keyLength,
    authenticates: true,
    old: false,
    start: (key) =>
      createDecipheriv(cipher, key, nonce, { authTagLength: gcmTagLength })
        .setAAD(attributes)
        .setAuthTag(tag),
  }
}
