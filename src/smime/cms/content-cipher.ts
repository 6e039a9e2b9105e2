import { createDecipheriv, type Decipher } from 'node:crypto'
import { childOf, countOf, type DerValue, octetsOf, oidOf, tags } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'
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

const cbc: Readonly<Record<string, readonly [name: string, node: string, keyLength: number]>> = {
  [oids.aes128Cbc]: ['AES-128-CBC', 'aes-128-cbc', 16],
  [oids.aes192Cbc]: ['AES-192-CBC', 'aes-192-cbc', 24],
  [oids.aes256Cbc]: ['AES-256-CBC', 'aes-256-cbc', 32],
  [oids.tripleDesCbc]: ['3DES-CBC', 'des-ede3-cbc', 24],
}

const gcm = {
  [oids.aes128Gcm]: ['AES-128-GCM', 'aes-128-gcm', 16],
  [oids.aes192Gcm]: ['AES-192-GCM', 'aes-192-gcm', 24],
  [oids.aes256Gcm]: ['AES-256-GCM', 'aes-256-gcm', 32],
} as const

/**
 * Reads how content is encrypted.
 *
 * @throws Error for an algorithm that is not known here, or one whose parameters weaken it
 */
export function readContentCipher(algorithm: DerValue, authentication: Authentication | null): ContentCipher {
  const id = oidOf(childOf(algorithm, 0))
  if (authentication) return readGcm(id, algorithm, authentication)
  const known = cbc[id]
  if (!known) throw new Error(`its content is encrypted with an algorithm that is not known here (${id})`)
  const [name, node, keyLength] = known
  const iv = octetsOf(childOf(algorithm, 1, tags.octetString))
  if (iv.length !== (id === oids.tripleDesCbc ? 8 : 16))
    throw new Error('its initialisation vector is malformed')
  return {
    name,
    keyLength,
    authenticates: false,
    old: id === oids.tripleDesCbc,
    start: (key) => createDecipheriv(node, key, iv),
  }
}

const fullTag = 16

/** AES-GCM (RFC 5084, section 3.2). A short tag is guessed too easily, and nobody needs one. */
function readGcm(id: string, algorithm: DerValue, { attributes, tag }: Authentication): ContentCipher {
  const known = Object.entries(gcm).find(([one]) => one === id)?.[1]
  if (!known) throw new Error(`its content is encrypted with an algorithm that is not known here (${id})`)
  const [name, node, keyLength] = known
  const parameters = childOf(algorithm, 1, tags.sequence)
  const nonce = octetsOf(childOf(parameters, 0, tags.octetString))
  const tagLength = parameters.children.length > 1 ? countOf(childOf(parameters, 1)) : 12
  if (tagLength !== fullTag || tag.length !== fullTag)
    throw new Error('its authentication tag is shorter than 16 octets, and could be guessed')
  if (nonce.length !== 12) throw new Error('its nonce is not of 12 octets')
  return {
    name,
    keyLength,
    authenticates: true,
    old: false,
    start: (key) =>
      createDecipheriv(node, key, nonce, { authTagLength: fullTag }).setAAD(attributes).setAuthTag(tag),
  }
}
