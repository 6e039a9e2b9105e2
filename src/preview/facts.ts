import type { ErrorSummary } from '../errors.js'
import type { HeaderField, Recipient, Timings, UsedCertificate } from '../mail.js'
import type { Finding } from './findings/finding.js'

export type { Finding, FindingCode } from './findings/finding.js'

/** Everything there is to know of a mail before anyone gets it: the result of `preview`. */
export interface MailPreview {
  /** One line, never HTML-escaped. */
  readonly subject: string
  /** As the mail carries it, local images by their Content-ID; null for a plain-text mail. */
  readonly html: string | null
  readonly text: string
  /** What a reader that is careful would not load or run: scripts, remote images, forms. */
  readonly blocked: readonly BlockedContent[]
  readonly messageId: string
  readonly envelope: { readonly from: string; readonly to: readonly Recipient[] }
  /** What the request left out, and the preview made up: nothing is sent to a stand-in. */
  readonly standIns: readonly ('from' | 'to')[]
  /** The header fields in order, unfolded; `value` as people read it. */
  readonly headers: readonly HeaderField[]
  /** The message as a tree, signed where it would be, and before it is encrypted. */
  readonly parts: MessagePart
  /** The bytes of that message. */
  readonly source: Uint8Array
  readonly signing: SigningFacts
  readonly encryption: EncryptionFacts
  /** Why the guard would not let it leave, or null. */
  readonly refusal: ErrorSummary | null
  readonly size: SizeFacts
  readonly timings: Timings
  /** What looks wrong, warnings first: those that a report would have, and what only a preview looks for. */
  readonly findings: readonly Finding[]
}

/** Something in the HTML that is neither loaded nor run. */
export interface BlockedContent {
  readonly kind: 'script' | 'handler' | 'remote' | 'frame' | 'form' | 'refresh' | 'link'
  /** What stands there, shortened: an address, or an attribute. */
  readonly what: string
}

/** One entity of the message (RFC 2045, section 2.4). */
export interface MessagePart {
  /** Its place in the tree: `1.2` is the second part of the first; the message itself is `0`. */
  readonly path: string
  /** The media type in lower case, without parameters. */
  readonly type: string
  readonly name: string | null
  /** Without its angle brackets, or null. */
  readonly contentId: string | null
  readonly disposition: string | null
  /** The Content-Transfer-Encoding. */
  readonly encoding: string
  /** Octets on the wire, its header included. */
  readonly size: number
  /** The content decoded; empty for a multipart. */
  readonly content: Uint8Array
  readonly parts: readonly MessagePart[]
}

/** What signing would do. */
export interface SigningFacts {
  /** Whether the mail is to be signed. */
  readonly wanted: boolean
  readonly signer: UsedCertificate | null
  /** Who signs beside them. */
  readonly cosigners: readonly UsedCertificate[]
  /** Why it cannot be, or null. */
  readonly problem: ErrorSummary | null
}

/** What encrypting would do. */
export interface EncryptionFacts {
  /** Whether the mail is to be encrypted. */
  readonly wanted: boolean
  /** Each recipient with the certificates at hand for them, also where the mail is not to be encrypted. */
  readonly recipients: readonly RecipientFacts[]
  /** How many different copies would travel. */
  readonly copies: number
  /** Why it cannot be, or null. */
  readonly problem: ErrorSummary | null
}

/** A recipient, and what their copy would be encrypted to. */
export interface RecipientFacts extends Recipient {
  readonly certificates: readonly UsedCertificate[]
  /** Why nothing can be encrypted to them, or null. */
  readonly problem: ErrorSummary | null
}

/** Octets. */
export interface SizeFacts {
  /** The largest copy as it would travel. */
  readonly message: number
  readonly html: number
  readonly text: number
}
