import { type CipherGCM, createCipheriv, randomBytes } from 'node:crypto'
import { integer, octetString, oid, sequence } from '../encoding/der.js'
import { type ContentCipher, cbcCiphers, gcmCiphers, gcmNonceLength, gcmTagLength } from './cipher-table.js'

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

/** Makes a fresh key for one message. */
export function contentEncryption(cipher: ContentCipher): ContentEncryption {
  if (cipher === 'aes-128-gcm' || cipher === 'aes-256-gcm') {
    const { id, keyLength } = gcmCiphers[cipher]
    const key = randomBytes(keyLength)
    const nonce = randomBytes(gcmNonceLength)
    const start = () => running(createCipheriv(cipher, key, nonce, { authTagLength: gcmTagLength }))
    // GCMParameters (RFC 5084, section 3.2): the length of the tag is not the default of 12 octets.
    const identifier = sequence(oid(id), sequence(octetString(nonce), integer(gcmTagLength)))
    return { key, isAuthenticated: true, tagSize: gcmTagLength, identifier, sizeOf: (plain) => plain, start }
  }
  const { id, keyLength, blockLength } = cbcCiphers[cipher]
  const key = randomBytes(keyLength)
  const iv = randomBytes(blockLength)
  const start = (): Encryption => {
    const running = createCipheriv(cipher, key, iv)
    return { update: (plain) => running.update(plain), final: () => running.final(), tag: () => nothing }
  }
  // Padding fills the last block, or is one (RFC 5652, section 6.3).
  const sizeOf = (plain: number) => plain - (plain % blockLength) + blockLength
  const identifier = sequence(oid(id), octetString(iv))
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
