import { createHash, timingSafeEqual } from 'node:crypto'
import type { Certificate } from '../certificates/certificate.js'
import { childOf, type DerValue, octetsOf, oidOf, tags } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'
import { readTime } from '../encoding/read-time.js'
import { digestOf } from '../keys/signature-scheme.js'
import { type Reason, reason } from '../reading/reasons.js'
import type { CertificateId, ReadSigner } from './read-signed-data.js'

/** The attributes that a signature covers (RFC 5652, section 5.3). */
export interface SignedAttributes {
  /** What the signature is over: the attributes as a SET OF. */
  readonly signed: Buffer
  /** The single values, by type; of what is there twice, the first. */
  readonly values: ReadonlyMap<string, DerValue>
  /** What is wrong with their form. */
  readonly reasons: readonly Reason[]
}

/** Those that may be there once, with one value, and of which two would let readers differ (section 11). */
const single: readonly string[] = [
  oids.contentType,
  oids.messageDigest,
  oids.signingTime,
  oids.smimeCapabilities,
  oids.signingCertificate,
  oids.signingCertificateV2,
  oids.algorithmProtection,
]

const mostAttributes = 64

/** Reads signed attributes, and says what is wrong with their form. */
export function readSignedAttributes(attributes: DerValue): SignedAttributes {
  const elements = attributes.children
  if (elements.length > mostAttributes) throw new Error(`it has more than ${mostAttributes} attributes`)
  const reasons: Reason[] = []
  const values = new Map<string, DerValue>()
  for (const element of elements) {
    const type = oidOf(childOf(element, 0))
    const inside = childOf(element, 1, tags.set).children
    const isDoubled = values.has(type) || inside.length > 1
    if (isDoubled && single.includes(type))
      reasons.push(reason('ATTRIBUTE_DOUBLED', `the signed attribute ${type} is there more than once`))
    const [value] = inside
    if (value && !values.has(type)) values.set(type, value)
  }
  const order = elements.map(({ raw }) => raw)
  if (order.some((raw, place) => place > 0 && Buffer.compare(order[place - 1] ?? raw, raw) > 0))
    reasons.push(reason('ATTRIBUTES_UNSORTED', "the signed attributes are not in DER's order"))
  for (const [type, name] of [
    [oids.contentType, 'content type'],
    [oids.messageDigest, 'digest'],
  ] as const) {
    if (!values.has(type))
      reasons.push(reason('ATTRIBUTE_MISSING', `the signed attributes do not name the ${name}`))
  }
  // The same bytes under the tag of a SET: that is what was signed (section 5.4).
  const signed = Buffer.from(attributes.raw)
  signed[0] = tags.set
  return { signed, values, reasons }
}

/** What the attributes say otherwise than the message they stand in. */
export function contradictions(
  { values }: SignedAttributes,
  signer: ReadSigner,
  contentType: string,
  digest: Buffer,
  certificate: Certificate | null,
): Reason[] {
  const reasons: Reason[] = []
  const type = values.get(oids.contentType)
  if (type && oidOf(type) !== contentType)
    reasons.push(reason('ATTRIBUTE_WRONG', 'the signature is for content of another type'))
  const signedDigest = values.get(oids.messageDigest)
  if (signedDigest && !sameBytes(octetsOf(signedDigest), digest))
    reasons.push(reason('CONTENT_CHANGED', 'the content is not what was signed'))
  if (certificate && !isBoundTo(values, certificate))
    reasons.push(reason('ATTRIBUTE_WRONG', 'the signature was made for another certificate'))
  const protection = values.get(oids.algorithmProtection)
  if (protection && !protects(protection, signer))
    reasons.push(reason('ATTRIBUTE_WRONG', 'the signature was made with other algorithms than it says'))
  return reasons
}

/** When the signer says that it was signed, or null. */
export function signingTimeOf({ values }: SignedAttributes): Date | null {
  const value = values.get(oids.signingTime)
  return value ? readTime(value) : null
}

/** The certificate that the signer wants answers to be encrypted to (RFC 8551, section 2.5.3), or null. */
export function encryptionPreferenceOf({ values }: SignedAttributes): CertificateId | null {
  const value = values.get(oids.encryptionKeyPreference)
  const [issuerAndSerialNumber, recipientKeyId, keyId] = [0xa0, 0xa1, 0x82]
  try {
    if (value?.tag === issuerAndSerialNumber)
      return {
        issuer: childOf(value, 0, tags.sequence).raw,
        serialNumber: childOf(value, 1, tags.integer).raw,
      }
    if (value?.tag === recipientKeyId) return { subjectKeyIdentifier: octetsOf(childOf(value, 0)) }
    return value?.tag === keyId ? { subjectKeyIdentifier: value.content } : null
  } catch {
    // It is malformed, and the signature no worse for it.
    return null
  }
}

/** ESSCertID and ESSCertIDv2 (RFC 5035, sections 3 and 4): the first is the signer's. */
function isBoundTo(values: ReadonlyMap<string, DerValue>, { der }: Certificate): boolean {
  const [first, second] = [oids.signingCertificate, oids.signingCertificateV2].map((type) => values.get(type))
  if (first) {
    const id = childOf(childOf(childOf(first, 0), 0), 0)
    if (!sameBytes(octetsOf(id), createHash('sha1').update(der).digest())) return false
  }
  if (!second) return true
  const id = childOf(childOf(second, 0), 0)
  const named = childOf(id, 0).tag === tags.sequence
  const algorithm = named ? digestOf(childOf(id, 0)) : 'sha256'
  return (
    algorithm !== null &&
    sameBytes(octetsOf(childOf(id, named ? 1 : 0)), createHash(algorithm).update(der).digest())
  )
}

/** CMSAlgorithmProtection (RFC 6211, section 2). */
function protects(value: DerValue, { digestAlgorithm, signatureAlgorithm }: ReadSigner): boolean {
  const signature = value.children.find(({ tag }) => tag === 0xa1)
  const same = (a: DerValue, b: DerValue) => childOf(a, 0).raw.equals(childOf(b, 0).raw)
  return (
    same(childOf(value, 0), digestAlgorithm) &&
    // An IMPLICIT tag stands in the place of the SEQUENCE's.
    (signature === undefined || same(signature, signatureAlgorithm))
  )
}

function sameBytes(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
