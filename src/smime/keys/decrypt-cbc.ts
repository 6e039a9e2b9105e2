import { createDecipheriv } from 'node:crypto'

/** Decrypts, or throws where the padding is not right. */
export type Decrypt = (ciphertext: Buffer) => Buffer

/** Decrypts by one of node:crypto's ciphers in CBC. */
export function cbc(cipher: string, key: Buffer, iv: Buffer): Decrypt {
  return (ciphertext) => {
    const decipher = createDecipheriv(cipher, key, iv)
    return Buffer.concat([decipher.update(ciphertext), decipher.final()])
  }
}
