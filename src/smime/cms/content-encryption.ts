import { type CipherGCM, createCipheriv, randomBytes } from 'node:crypto'
import { integer, octetString, oid, sequence } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'

/** What content is encrypted with, by node:crypto's names. */
export type ContentCipher = 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc' | 'aes-128-gcm' | 'aes-256-gcm'

/** One message's key, and what is encrypted with it. */
export interface ContentEncryption {
  readonly key: Buffer
  /** Whether nobody can change the content unseen: the tag then goes into AuthEnvelopedData (RFC 5083). */
  readonly isAuthenticated: boolean
  /** How many octets the tag has that authenticates it; 0 where there is none. */
  readonly tagSize: number
  /** The AlgorithmIdentifier. */
  readonly identifier: Buffer
  /** How many octets so many become. */
  sizeOf(plain: number): number
  /** Starts from the beginning, with the same key: the same content always gives the same octets. */
  start(): Encryption
}

/** One run over the content. */
export interface Encryption {
  update(plain: Uint8Array): Buffer
  final(): Buffer
  /** The tag that authenticates it, once it is done; nothing without one. */
  tag(): Buffer
}

/** Key size in octets, and the identifier, of each cipher. */
const ciphers: Readonly<Record<ContentCipher, readonly [keySize: number, id: Buffer]>> = {
  'aes-128-cbc': [16, oid(oids.aes128Cbc)],
  'aes-192-cbc': [24, oid(oids.aes192Cbc)],
  'aes-256-cbc': [32, oid(oids.aes256Cbc)],
  'aes-128-gcm': [16, oid(oids.aes128Gcm)],
  'aes-256-gcm': [32, oid(oids.aes256Gcm)],
}

const tagSize = 16
const blockSize = 16

/** Makes a fresh key for one message. */
export function contentEncryption(cipher: ContentCipher): ContentEncryption {
  const [keySize, id] = ciphers[cipher]
  const key = randomBytes(keySize)
  if (cipher === 'aes-128-gcm' || cipher === 'aes-256-gcm') {
    // GCMParameters (RFC 5084, section 3.2): the length of the tag is not the default of 12 octets.
    const nonce = randomBytes(12)
    const parameters = sequence(octetString(nonce), integer(tagSize))
    const start = () => running(createCipheriv(cipher, key, nonce, { authTagLength: tagSize }))
    const identifier = sequence(id, parameters)
    return { key, isAuthenticated: true, tagSize, identifier, sizeOf: (plain) => plain, start }
  }
  const iv = randomBytes(16)
  const start = (): Encryption => {
    const running = createCipheriv(cipher, key, iv)
    return { update: (plain) => running.update(plain), final: () => running.final(), tag: () => nothing }
  }
  // Padding fills the last block, or is one (RFC 5652, section 6.3).
  const sizeOf = (plain: number) => plain - (plain % blockSize) + blockSize
  const identifier = sequence(id, octetString(iv))
  return { key, isAuthenticated: false, tagSize: 0, identifier, sizeOf, start }
}

function running(cipher: CipherGCM): Encryption {
  return {
    update: (plain) => cipher.update(plain),
    final: () => cipher.final(),
    tag: () => cipher.getAuthTag(),
  }
}

const nothing = Buffer.alloc(0)
