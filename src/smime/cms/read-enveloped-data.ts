import { childOf, countOf, type DerValue, octetsOf, tags } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'
import { assertModest } from './read-content-info.js'
import { type CertificateId, readCertificateId } from './read-signed-data.js'

/** An EnvelopedData (RFC 5652, section 6.1) or AuthEnvelopedData (RFC 5083, section 2.1), taken apart. */
export interface ReadEnvelopedData {
  readonly recipients: readonly ReadRecipient[]
  readonly algorithm: DerValue
  /** The encrypted content, a string that may be in pieces. */
  readonly ciphertext: DerValue
  /** Null where nothing authenticates the content. */
  readonly authentication: Authentication | null
}

/** What authenticates encrypted content. */
export interface Authentication {
  /** What is authenticated beside the content: the attributes as a SET OF, or nothing. */
  readonly attributes: Buffer
  readonly tag: Buffer
}

/** For whom a message is, and the content's key as they get it. */
export type ReadRecipient = KeyTransport | KeyAgreement | UnknownRecipient

/** KeyTransRecipientInfo (RFC 5652, section 6.2.1). */
export interface KeyTransport {
  readonly kind: 'transport'
  readonly certificateId: CertificateId
  readonly algorithm: DerValue
  readonly encryptedKey: Buffer
}

/** One of the recipients of a KeyAgreeRecipientInfo (section 6.2.2). */
export interface KeyAgreement {
  readonly kind: 'agreement'
  readonly certificateId: CertificateId
  readonly algorithm: DerValue
  /** The sender's public point; null where it is not in the message itself. */
  readonly originatorKey: Buffer | null
  /** The user keying material, an OCTET STRING as it came, or null. */
  readonly keyingMaterial: Buffer | null
  readonly encryptedKey: Buffer
}

/** By a key or passphrase that was agreed on beforehand, or in a way that is not known here. */
export interface UnknownRecipient {
  readonly kind: 'unknown'
}

/** Who encrypts for more sends several copies. */
const mostRecipients = 10_000

/**
 * Reads an EnvelopedData or AuthEnvelopedData.
 *
 * @throws Error for one of another structure
 */
export function readEnvelopedData(data: DerValue, type: string): ReadEnvelopedData {
  childOf(data, 0, tags.integer)
  // originatorInfo, which nobody needs to decrypt.
  const first = childOf(data, 1).tag === tags.context0 ? 2 : 1
  const encrypted = childOf(data, first + 1, tags.sequence)
  const ciphertext = childOf(encrypted, 2)
  const [primitive, constructed] = [0x80, 0xa0]
  if (ciphertext.tag !== primitive && ciphertext.tag !== constructed)
    throw new Error('its structure is not the expected one')
  assertModest(data, ciphertext)
  const recipients = childOf(data, first, tags.set).children
  if (recipients.length > mostRecipients) throw new Error(`it has more than ${mostRecipients} recipients`)
  return {
    recipients: recipients.flatMap(readRecipient),
    algorithm: childOf(encrypted, 1, tags.sequence),
    ciphertext,
    authentication: type === oids.authEnvelopedData ? readAuthentication(data, first + 2) : null,
  }
}

function readAuthentication(data: DerValue, at: number): Authentication {
  const implicit1 = 0xa1
  const attributes = data.children[at]?.tag === implicit1 ? childOf(data, at) : null
  const signed = attributes ? Buffer.from(attributes.raw) : Buffer.alloc(0)
  // Authenticated under the tag of a SET (RFC 5083, section 2.2).
  if (attributes) signed[0] = tags.set
  return { attributes: signed, tag: octetsOf(childOf(data, attributes ? at + 1 : at)) }
}

function readRecipient(recipient: DerValue): ReadRecipient[] {
  const agreement = 0xa1
  if (recipient.tag === tags.sequence) return [readTransport(recipient)]
  return recipient.tag === agreement ? readAgreement(recipient) : [{ kind: 'unknown' }]
}

function readTransport(recipient: DerValue): KeyTransport {
  countOf(childOf(recipient, 0))
  return {
    kind: 'transport',
    certificateId: readCertificateId(childOf(recipient, 1)),
    algorithm: childOf(recipient, 2, tags.sequence),
    encryptedKey: octetsOf(childOf(recipient, 3, tags.octetString)),
  }
}

function readAgreement(recipient: DerValue): KeyAgreement[] {
  countOf(childOf(recipient, 0))
  const originator = childOf(childOf(recipient, 1, tags.context0), 0)
  const explicit1 = 0xa1
  const material = childOf(recipient, 2).tag === explicit1 ? childOf(childOf(recipient, 2), 0) : null
  const at = material ? 3 : 2
  const algorithm = childOf(recipient, at, tags.sequence)
  const originatorKey = originator.tag === explicit1 ? childOf(originator, 1, tags.bitString) : null
  const keys = childOf(recipient, at + 1, tags.sequence).children
  if (keys.length > mostRecipients) throw new Error(`it has more than ${mostRecipients} recipients`)
  return keys.map((key) => ({
    kind: 'agreement',
    certificateId: readAgreementId(childOf(key, 0)),
    algorithm,
    // The first octet of a BIT STRING counts bits that are left over; a point has none.
    originatorKey: originatorKey?.content.subarray(1) ?? null,
    keyingMaterial: material?.raw ?? null,
    encryptedKey: octetsOf(childOf(key, 1, tags.octetString)),
  }))
}

/** IssuerAndSerialNumber, or RecipientKeyIdentifier as [0], which begins with a SubjectKeyIdentifier. */
function readAgreementId(id: DerValue): CertificateId {
  return id.tag === tags.context0
    ? { subjectKeyIdentifier: octetsOf(childOf(id, 0, tags.octetString)) }
    : readCertificateId(id)
}
