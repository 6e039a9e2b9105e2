import type { CertificateSummary } from '../../mail.js'
import type { ReadMailbox } from '../message/read-mailboxes.js'
import type { Reason, Status } from './reasons.js'

/** What `verify` and `decrypt` find out about a message, whatever it is worth. */
export interface MessageReport {
  /** What it is worth. Only `verified` is good. */
  readonly status: Status
  /** Why, the weightiest first, and what else there is to know. */
  readonly reasons: readonly Reason[]
  /** The protections around the content, outermost first. */
  readonly layers: readonly Layer[]
  /** Who signed the content: the signers of the innermost signature. */
  readonly signers: readonly SignerReport[]
  /** Who the message says it is from, in the field that counts: the protected one where there is one. Or null. */
  readonly from: readonly ReadMailbox[] | null
  /** The header fields, and which protection covers each. */
  readonly headers: readonly HeaderReport[]
  /** The parts without parts of their own, and which protection covers each. */
  readonly parts: readonly PartReport[]
}

/** What there is to say about a message that is what its author signed. */
export interface VerifiedReport extends MessageReport {
  readonly status: 'verified'
}

/** A message that is what its author signed, with its content. */
export interface VerifiedMessage extends VerifiedReport {
  /** The signed MIME entity, byte for byte: Content-* fields, an empty line, the body. */
  readonly content: Buffer
}

/** A message that is not to be trusted. It has no `content`, lest a hurried reader take it for a verified one's. */
export interface UnverifiedMessage extends MessageReport {
  readonly status: Exclude<Status, 'verified'>
}

/** A message that was decrypted and is not to be trusted. */
export interface UnverifiedDecryptedMessage extends UnverifiedMessage {
  /** The decrypted MIME entity. Anybody may have written it; load nothing that it points to. */
  readonly unverifiedContent: Buffer
}

/** A message that is what its author signed, with its content in a file. */
export interface VerifiedFile extends VerifiedReport {
  /** Where the signed MIME entity lies, byte for byte; null where nobody asked for it. */
  readonly contentFile: string | null
}

/** A message that was decrypted and is not to be trusted, with what was in it in a file. */
export interface UnverifiedDecryptedFile extends UnverifiedMessage {
  /**
   * Where the decrypted MIME entity lies; null for one that is `broken`, where nobody asked for it. Anybody may have
   * written it; load nothing that it points to.
   */
  readonly unverifiedContentFile: string | null
}

/** One protection around the content. */
export type Layer = SignedLayer | EncryptedLayer

/** A signature (SignedData). */
export interface SignedLayer {
  readonly kind: 'signed'
  /** `detached` stands beside what it signs, `opaque` around it. */
  readonly form: 'detached' | 'opaque'
  readonly signers: readonly SignerReport[]
}

/** An encryption (EnvelopedData, AuthEnvelopedData). */
export interface EncryptedLayer {
  readonly kind: 'encrypted'
  /** `AES-256-GCM`; null for one that is not known here. */
  readonly algorithm: string | null
  /** Whether a change on the way would be seen: `none` is what CBC gives. */
  readonly integrity: 'authenticated' | 'none'
  /** For how many it is encrypted. */
  readonly recipients: number
  /** Whose key opened it; null where none did. */
  readonly openedWith: CertificateSummary | null
}

/** One signer, and what holds of them. */
export interface SignerReport {
  /** The mail addresses that the certificate names. */
  readonly addresses: readonly string[]
  /** Null where the certificate is not at hand. */
  readonly certificate: CertificateSummary | null
  /** The certificate in PEM, or null. */
  readonly pem: string | null
  /** The certificate, its issuer, and so on, as far as they were found. */
  readonly chain: readonly CertificateSummary[]
  /** `RSASSA-PSS with SHA-256`; null for one that is not known here. */
  readonly algorithm: string | null
  /** When the signer says to have signed, ISO 8601, or null. Nobody else vouches for that. */
  readonly signingTime: string | null
  /** Whether the signature fits the content. */
  readonly signature: 'intact' | 'broken'
  /** Whether the certificate holds today, or at the moment that was asked for. */
  readonly today: Standing
  /** Whether it held when the signer says to have signed; null where they do not say. */
  readonly atSigningTime: Standing | null
  /**
   * The certificate, in PEM, that answers can be encrypted to: the one that the signer asks for, where it is at hand,
   * names one of the same addresses and is trusted; else the signer's own, where its key usage is for it. Null for
   * none.
   */
  readonly forAnswers: string | null
  /** What the signer's mail client can decrypt, best first, as object identifiers. */
  readonly capabilities: readonly string[]
}

/** Whether a certificate is vouched for at a moment. */
export interface Standing {
  /** ISO 8601. */
  readonly moment: string
  readonly trust: 'trusted' | 'untrusted'
  /** Why not. */
  readonly reasons: readonly Reason[]
}

/** How a header field or a part is protected. `signed` only where the message is verified. */
export type Coverage = 'none' | 'signed' | 'encrypted' | 'signed and encrypted'

/** A header field (RFC 9788, section 4.3). */
export interface HeaderReport {
  readonly name: string
  /** The value that counts: the protected one where there is one. */
  readonly value: string
  readonly coverage: Coverage
  /** What stood outside, where that was something else; null where nothing did, or the same. */
  readonly outside: string | null
}

/** A part without parts of its own. */
export interface PartReport {
  /** `1.2` is the second part of the first. */
  readonly path: string
  readonly contentType: string
  /** Its file name, or null. */
  readonly name: string | null
  readonly coverage: Coverage
  /** Whether it repeats header fields at its beginning for old readers, to be left out (RFC 9788, section 4.5.3). */
  readonly legacyDisplay: 'none' | 'present'
}
