/**
 * What a message is worth, best first.
 *
 * - `verified`: it is what the signer signed, the signer is who From says, and an authority you trust vouches for
 *   that today.
 * - `untrusted`: somebody signed it, but nothing says that it is who it seems to be.
 * - `unsigned`: nobody signed it, or only a part of it.
 * - `unreadable`: what is encrypted could not be read, so nobody can tell.
 * - `broken`: it is not what was signed, or nobody can tell what was.
 */
export type Status = 'verified' | 'untrusted' | 'unsigned' | 'unreadable' | 'broken'

/** What a reason makes of a message at best; `noted` leaves it what it is. */
export type Effect = Exclude<Status, 'verified'> | 'noted'

/**
 * Every reason that `verify` gives, and what it does. A message is `verified` only where all of its reasons are
 * noted. A code never changes its meaning.
 */
export const REASONS = {
  // Broken: what is there is not what was signed, or nobody can tell what was.
  /** The content is not what was signed: its digest is another. */
  CONTENT_CHANGED: 'broken',
  /** The signature does not fit the key in the signer's certificate. */
  SIGNATURE_WRONG: 'broken',
  /** There is a signature without any signer in it. */
  NO_SIGNER: 'broken',
  /** The signed attributes lack the content type or the digest (RFC 5652, section 5.3). */
  ATTRIBUTE_MISSING: 'broken',
  /** A signed attribute is there twice, or has several values (section 11). */
  ATTRIBUTE_DOUBLED: 'broken',
  /** The signed attributes are not in DER's order, so that readers differ in what was signed (section 5.3). */
  ATTRIBUTES_UNSORTED: 'broken',
  /** The signed attributes name another content type, certificate or algorithm than the rest of the message. */
  ATTRIBUTE_WRONG: 'broken',
  /** The content is itself a set of signed attributes: an old signature in a new place. */
  ATTRIBUTES_AS_CONTENT: 'broken',
  /** A detached signature brings content of its own, beside what it is to be for. */
  CONTENT_TWICE: 'broken',
  /** A signature that should hold its content holds none. */
  CONTENT_MISSING: 'broken',
  /** The message's structure can be read in more than one way, or not at all. */
  MALFORMED: 'broken',
  /** There are more layers of protection around each other than any mail has. */
  TOO_DEEP: 'broken',

  // Untrusted: somebody signed this, but nothing says that it is who it seems to be.
  /** The signer's certificate is neither in the message nor at hand. */
  SIGNER_UNKNOWN: 'untrusted',
  /** The signature or digest algorithm is not known here, or does not go with the key. */
  ALGORITHM_UNSUPPORTED: 'untrusted',
  /** SHA-1 or MD5, for which forgeries can be made. */
  DIGEST_WEAK: 'untrusted',
  /** A key for which forgeries can be made. */
  KEY_WEAK: 'untrusted',
  /** Nobody said which authorities to trust. */
  NO_TRUST: 'untrusted',
  /** No authority that is trusted vouches for the certificate. */
  NO_PATH: 'untrusted',
  /** A certificate on the way to the authority has expired. */
  CERTIFICATE_EXPIRED: 'untrusted',
  /** A certificate on the way to the authority is not valid yet. */
  CERTIFICATE_NOT_YET_VALID: 'untrusted',
  /** A certificate was issued by one that may issue none. */
  NOT_AN_AUTHORITY: 'untrusted',
  /** More authorities stand below one than it allows. */
  PATH_TOO_LONG: 'untrusted',
  /** The certificate's key usage does not allow to sign. */
  KEY_USAGE: 'untrusted',
  /** The certificate, or that of an authority, is for other purposes than mail. */
  NOT_FOR_MAIL: 'untrusted',
  /** An authority vouched for a name that it is not allowed to vouch for. */
  NAME_NOT_ALLOWED: 'untrusted',
  /** A certificate has a critical extension that is not known here. */
  UNKNOWN_CRITICAL_EXTENSION: 'untrusted',
  /** A certificate was revoked. */
  REVOKED: 'untrusted',
  /** Revocation is to be checked, and no current list says anything about a certificate. */
  REVOCATION_UNKNOWN: 'untrusted',
  /** There is no From field. */
  FROM_MISSING: 'untrusted',
  /** There are several From fields, and readers differ in which one they show. */
  FROM_DOUBLED: 'untrusted',
  /** The From field is not of the form that it has to have. */
  FROM_UNREADABLE: 'untrusted',
  /** The message is from somebody else than the signer. */
  FROM_MISMATCH: 'untrusted',
  /** The name in From looks like an address, and another one than the signer's. */
  FROM_NAME_MISLEADS: 'untrusted',
  /** A line in the header is no field, so that readers may differ in which fields they see. */
  HEADER_MALFORMED: 'untrusted',
  /** What was signed is encrypted: the signer may never have known the content. */
  SIGNED_UNREAD: 'untrusted',

  // Unsigned and unreadable.
  /** Nobody signed it. */
  NOT_SIGNED: 'unsigned',
  /** It holds certificates alone, and no signature. */
  CERTIFICATES_ONLY: 'unsigned',
  /** It is encrypted for somebody else: no key at hand is one of its recipients'. */
  NOT_FOR_US: 'unreadable',
  /** It does not decrypt: it is damaged, or the key is another. */
  NOT_DECRYPTED: 'unreadable',
  /** It is encrypted in a way that is not known here, or too weak to be taken. */
  ENCRYPTION_UNSUPPORTED: 'unreadable',

  // Noted: it does not change what the message is.
  /** Part of the message is signed or encrypted, and the rest is not. That part was not looked into. */
  PROTECTED_PART_INSIDE: 'noted',
  /** A whole message is what is protected: with the header fields of this one (RFC 8551), or forwarded. */
  MESSAGE_INSIDE: 'noted',
  /** The encryption does not authenticate: whoever carried the message could change it. */
  UNAUTHENTICATED_ENCRYPTION: 'noted',
  /** An old algorithm that the caller allows. */
  OLD_ALGORITHM: 'noted',
  /** Header fields outside say something else than the signed ones. */
  HEADER_CHANGED: 'noted',
  /** The line ends were mended before the signature fitted. */
  LINE_ENDS_MENDED: 'noted',
  /** The signer says nothing about when it was signed, or something that is later than now. */
  SIGNING_TIME_DOUBTFUL: 'noted',
} as const satisfies Record<string, Effect>

/** A reason's name, for a program to decide on. */
export type ReasonCode = keyof typeof REASONS

/** Why a message is what the verdict says, or what else there is to know. */
export interface Reason {
  readonly code: ReasonCode
  readonly effect: Effect
  /** One sentence for people. Text from the message in it is quoted and harmless. */
  readonly message: string
}

/** A reason with its effect. */
export function reason(code: ReasonCode, message: string): Reason {
  return { code, effect: REASONS[code], message }
}

/** From the worst to the best. */
const order = ['broken', 'unreadable', 'unsigned', 'untrusted'] as const

/** What a message is worth, given all there is to say about it. */
export function statusOf(reasons: readonly Reason[]): Status {
  return order.find((status) => reasons.some(({ effect }) => effect === status)) ?? 'verified'
}
