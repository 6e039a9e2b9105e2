import { oids } from '../encoding/oids.js'

/** What there is to know of a cipher. */
export interface CipherFacts {
  /** Its object identifier. */
  readonly id: string
  /** For people: `AES-256-GCM`. */
  readonly name: string
  /** In octets. */
  readonly keyLength: number
}

/** What a content is encrypted with in EnvelopedData, by node:crypto's names. */
export const cbcCiphers = {
  'aes-128-cbc': { id: oids.aes128Cbc, name: 'AES-128-CBC', keyLength: 16, blockLength: 16 },
  'aes-192-cbc': { id: oids.aes192Cbc, name: 'AES-192-CBC', keyLength: 24, blockLength: 16 },
  'aes-256-cbc': { id: oids.aes256Cbc, name: 'AES-256-CBC', keyLength: 32, blockLength: 16 },
  'des-ede3-cbc': { id: oids.tripleDesCbc, name: '3DES-CBC', keyLength: 24, blockLength: 8 },
} as const satisfies Readonly<Record<string, CipherFacts & { readonly blockLength: number }>>

/** In AuthEnvelopedData. */
export const gcmCiphers = {
  'aes-128-gcm': { id: oids.aes128Gcm, name: 'AES-128-GCM', keyLength: 16 },
  'aes-192-gcm': { id: oids.aes192Gcm, name: 'AES-192-GCM', keyLength: 24 },
  'aes-256-gcm': { id: oids.aes256Gcm, name: 'AES-256-GCM', keyLength: 32 },
} as const satisfies Readonly<Record<string, CipherFacts>>

/** The name of the cipher of that object identifier in one of the tables; undefined where there is none. */
export function cipherOf<Name extends string>(
  ciphers: Readonly<Record<Name, CipherFacts>>,
  id: string,
): Name | undefined {
  return (Object.keys(ciphers) as Name[]).find((name) => ciphers[name].id === id)
}

/** Of the tag that authenticates a content, in octets: the longest there is (RFC 5084, section 3.2). */
export const gcmTagLength = 16

/** Of the nonce, in octets, as RFC 5084 recommends. */
export const gcmNonceLength = 12

/** What content is encrypted with, by node:crypto's names. */
export type ContentCipher = 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc' | 'aes-128-gcm' | 'aes-256-gcm'

/** The ciphers that mails are encrypted with, best first. */
export const contentCiphers: readonly ContentCipher[] = [
  'aes-256-gcm',
  'aes-128-gcm',
  'aes-256-cbc',
  'aes-192-cbc',
  'aes-128-cbc',
]
