import { childOf, type DerValue, octetsOf, oidOf, tags } from '../encoding/der.js'
import { assertModest } from './read-content-info.js'

/** A SignedData (RFC 5652, section 5.1), taken apart and not yet believed. */
export interface ReadSignedData {
  /** What was signed, as an object identifier. */
  readonly contentType: string
  /** What was signed, a string that may be in pieces; null where the signature is detached. */
  readonly content: DerValue | null
  /** The certificates that it brings, as they came. */
  readonly certificates: readonly Buffer[]
  readonly signers: readonly ReadSigner[]
}

/** A SignerInfo (section 5.3). */
export interface ReadSigner {
  readonly certificateId: CertificateId
  readonly digestAlgorithm: DerValue
  readonly signatureAlgorithm: DerValue
  /** The signed attributes as they came, with their [0] tag; null where there are none. */
  readonly signedAttributes: DerValue | null
  readonly signature: Buffer
}

/** How a message names a certificate. */
export type CertificateId =
  | { readonly issuer: Buffer; readonly serialNumber: Buffer }
  | { readonly subjectKeyIdentifier: Buffer }

const mostSigners = 16
const mostCertificates = 100

/**
 * Reads a SignedData.
 *
 * @throws Error for one of another structure
 */
export function readSignedData(data: DerValue): ReadSignedData {
  childOf(data, 0, tags.integer)
  childOf(data, 1, tags.set)
  const encapsulated = childOf(data, 2, tags.sequence)
  const explicit = encapsulated.children[1]
  const content = explicit ? contentOf(childOf(encapsulated, 1, tags.context0)) : null
  assertModest(data, content)
  const last = childOf(data, data.children.length - 1, tags.set)
  const between = data.children.slice(3, -1)
  const certificates = between.find(({ tag }) => tag === tags.context0)?.children ?? []
  if (last.children.length > mostSigners) throw new Error(`it has more than ${mostSigners} signers`)
  if (certificates.length > mostCertificates)
    throw new Error(`it brings more than ${mostCertificates} certificates`)
  return {
    contentType: oidOf(childOf(encapsulated, 0)),
    content,
    // Others than X.509 certificates have tags of their own (section 10.2.2).
    certificates: certificates.filter(({ tag }) => tag === tags.sequence).map(({ raw }) => raw),
    signers: last.children.map(readSigner),
  }
}

/** Of PKCS #7 version 1.5, where it may be anything, only an OCTET STRING is known. */
function contentOf(wrapper: DerValue): DerValue {
  const value = childOf(wrapper, 0)
  if ((value.tag & 0xdf) !== tags.octetString) throw new Error('its content is no OCTET STRING')
  return value
}

function readSigner(signer: DerValue): ReadSigner {
  childOf(signer, 0, tags.integer)
  const attributes = signer.children[3]?.tag === tags.context0 ? childOf(signer, 3) : null
  const at = attributes ? 4 : 3
  return {
    certificateId: readCertificateId(childOf(signer, 1)),
    digestAlgorithm: childOf(signer, 2, tags.sequence),
    signatureAlgorithm: childOf(signer, at, tags.sequence),
    signedAttributes: attributes,
    signature: octetsOf(childOf(signer, at + 1)),
  }
}

/** IssuerAndSerialNumber, or a SubjectKeyIdentifier as [0]. */
export function readCertificateId(id: DerValue): CertificateId {
  if (id.tag === tags.sequence)
    return { issuer: childOf(id, 0, tags.sequence).raw, serialNumber: childOf(id, 1, tags.integer).raw }
  const [primitive, constructed] = [0x80, 0xa0]
  if (id.tag !== primitive && id.tag !== constructed) throw new Error('its structure is not the expected one')
  return { subjectKeyIdentifier: id.tag === constructed ? octetsOf(childOf(id, 0)) : id.content }
}

/** Whether a message means this certificate. */
export function isMeant(
  id: CertificateId,
  certificate: {
    readonly issuer: Buffer
    readonly serialNumber: Buffer
    readonly subjectKeyIdentifier: Buffer | null
  },
): boolean {
  if ('subjectKeyIdentifier' in id)
    return certificate.subjectKeyIdentifier?.equals(id.subjectKeyIdentifier) ?? false
  return certificate.issuer.equals(id.issuer) && certificate.serialNumber.equals(id.serialNumber)
}
