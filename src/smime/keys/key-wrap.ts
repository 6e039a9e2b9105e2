import { createCipheriv, createDecipheriv } from 'node:crypto'

/** Wraps a key in another one (AES key wrap, RFC 3394). */
export function wrapKey(wrappingKey: Buffer, key: Buffer): Buffer {
  const cipher = createCipheriv(cipherFor(wrappingKey), wrappingKey, initialValue)
  return Buffer.concat([cipher.update(key), cipher.final()])
}

/**
 * Takes the AES key wrap off a key.
 *
 * @throws Error where it is not of this wrapping key
 */
export function unwrapKey(wrappingKey: Buffer, wrapped: Buffer): Buffer {
  const decipher = createDecipheriv(cipherFor(wrappingKey), wrappingKey, initialValue)
  return Buffer.concat([decipher.update(wrapped), decipher.final()])
}

function cipherFor(wrappingKey: Buffer): string {
  return `aes${wrappingKey.length * 8}-wrap`
}

/** RFC 3394, section 2.2.3.1. */
const initialValue = Buffer.alloc(8, 0xa6)
