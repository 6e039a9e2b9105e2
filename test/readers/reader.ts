import type { TestCertificate } from '../certificates/certificates.js'

/** What a mail client knows: whom it trusts, and whose mail it may read. */
export interface ReaderKnowledge {
  readonly authorities: readonly TestCertificate[]
  /** Whose key it has. Default: nobody's. */
  readonly owner?: TestCertificate
}

/** What a client says of a message. */
export interface Reading {
  /** Whether the signature is good and trusted, or the message could be decrypted. */
  readonly ok: boolean
  /** The program's own words. */
  readonly says: string
  /** The MIME entity that was signed or encrypted; empty where it is not known. */
  readonly content: Buffer
}

/** A mail client of someone else's. Messages are whole, or entities with their Content-* fields. */
export interface Reader {
  readonly name: string
  /** Checks a multipart/signed message. */
  verify(message: Buffer): Promise<Reading>
  /** Decrypts an application/pkcs7-mime message. */
  decrypt(message: Buffer): Promise<Reading>
  close(): Promise<void>
}
