import { isAscii } from 'node:buffer'
import { type KeyObject, X509Certificate } from 'node:crypto'
import { domainToASCII } from 'node:url'
import { messageOf } from '../../errors.js'
import type { CertificateSummary } from '../../mail.js'
import { childOf, countOf, type DerValue, oidOf, readDer, readFirstDer, tags } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'
import { readPem } from '../encoding/pem.js'
import { CAPABILITIES_LABEL, readCapabilities } from './capabilities.js'
import { type Extensions, extensionsIn } from './extensions.js'

/** A certificate: the bytes that messages repeat, and what decides about its use. */
export interface Certificate {
  /** The whole of it, as it came. */
  readonly der: Buffer
  /** The issuer's name, as it came. */
  readonly issuer: Buffer
  /** The subject's name, as it came. */
  readonly subject: Buffer
  /** The serial number, an INTEGER as it came. */
  readonly serialNumber: Buffer
  /** For node:crypto's checks. */
  readonly x509: X509Certificate
  readonly publicKey: KeyObject
  /** The mail addresses it names, in the form of `comparableAddress`. */
  readonly addresses: readonly string[]
  /** Those among them that stand in the subjectAltName, where they belong, and not in the subject alone. */
  readonly alternativeAddresses: readonly string[]
  readonly notBefore: Date
  readonly notAfter: Date
  /** What its key may be used for, or null where it does not say (RFC 5280, section 4.2.1.3). */
  readonly keyUsage: readonly KeyUsage[] | null
  /** For what purposes, as object identifiers, or null where it does not say (section 4.2.1.12). */
  readonly extendedKeyUsage: readonly string[] | null
  /** Whether it may issue certificates (section 4.2.1.9). */
  readonly isAuthority: boolean
  /** How many authorities may stand between this one and the last certificate (section 4.2.1.9). */
  readonly pathLength: number
  /** By which a message may name it instead of issuer and serial number (section 4.2.1.2), or null. */
  readonly subjectKeyIdentifier: Buffer | null
  /** How its issuer signed it: an AlgorithmIdentifier as it came. */
  readonly signatureAlgorithm: Buffer
  /**
   * Its extensions, by object identifier.
   *
   * @internal
   */
  readonly extensions: Extensions
  readonly summary: CertificateSummary
  /**
   * What a mail of its owner's said that they can decrypt, as object identifiers, where that was kept beside it;
   * else null.
   */
  readonly learned: readonly string[] | null
}

/** The key usages that matter to mail. */
export type KeyUsage =
  | 'digitalSignature'
  | 'nonRepudiation'
  | 'keyEncipherment'
  | 'keyAgreement'
  | 'keyCertSign'
  | 'cRLSign'

const keyUsageBits: readonly (readonly [KeyUsage, number])[] = [
  ['digitalSignature', 0x80],
  ['nonRepudiation', 0x40],
  ['keyEncipherment', 0x20],
  ['keyAgreement', 0x08],
  ['keyCertSign', 0x04],
  ['cRLSign', 0x02],
]

/** In octets. Real ones have some thousand. */
const largest = 64 * 1024

/** The labels that certificates have in PEM (RFC 7468, section 5; OpenSSL's own two). */
const certificateLabels: readonly string[] = ['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE']

/**
 * The certificates in a PEM text, in order, each with the capabilities that stand behind it; other blocks are passed
 * over.
 *
 * @param read - reads one of them. Default: {@link readWhole}
 * @throws Error that says which of them cannot be read, and why
 */
export function readCertificates(pem: string, read = readWhole): Certificate[] {
  const certificates: Certificate[] = []
  try {
    for (const { label, bytes } of readPem(pem)) {
      const last = certificates.at(-1)
      if (isCertificateLabel(label)) certificates.push(read(bytes))
      else if (label === CAPABILITIES_LABEL && last)
        certificates.splice(-1, 1, { ...last, learned: readCapabilities(readDer(bytes)) })
    }
  } catch (cause) {
    const reason = messageOf(cause)
    throw new Error(`certificate ${certificates.length + 1} cannot be read: ${reason}`, { cause })
  }
  return certificates
}

/**
 * Reads a certificate that may be damaged, or never was one. Underneath, structure is complained about in words
 * that help nobody to find the file's fault.
 */
export function readWhole(bytes: Buffer): Certificate {
  if (bytes.length > largest) throw new Error('it is larger than 64 KB, and so no certificate; copy it again')
  try {
    return readCertificate(bytes)
  } catch (cause) {
    throw new Error('it is damaged, or of a kind that is not known here; copy it again, whole', { cause })
  }
}

/** Whether a PEM block is a certificate. */
export function isCertificateLabel(label: string): boolean {
  return certificateLabels.includes(label)
}

/**
 * Reads a certificate (RFC 5280, section 4.1).
 *
 * OpenSSL's TRUSTED CERTIFICATE has trust settings of its own behind the certificate, which no message may
 * repeat. They are cut off whatever the label, since people are told to take the word TRUSTED out by hand.
 */
export function readCertificate(bytes: Uint8Array): Certificate {
  const whole = readFirstDer(bytes)
  const x509 = new X509Certificate(whole.raw)
  const fields = childOf(whole, 0, tags.sequence)
  const first = childOf(fields, 0).tag === tags.context0 ? 1 : 0
  const extensions = readExtensions(fields)
  const notAfter = new Date(x509.validTo)
  const notBefore = new Date(x509.validFrom)
  if (Number.isNaN(notAfter.getTime()) || Number.isNaN(notBefore.getTime())) {
    throw new Error('its validity has no readable dates')
  }
  const extensionOf = (id: string) => extensions.get(id)?.value()
  const subject = childOf(fields, first + 4, tags.sequence)
  const constraints = extensionOf(oids.basicConstraints)
  const alternative = comparable(alternativeAddresses(extensionOf(oids.subjectAltName)))
  const inSubject = comparable(subjectAddresses(subject))
  const certificate = {
    der: whole.raw,
    serialNumber: childOf(fields, first, tags.integer).raw,
    issuer: childOf(fields, first + 2, tags.sequence).raw,
    subject: subject.raw,
    x509,
    publicKey: x509.publicKey,
    addresses: [...new Set([...alternative, ...inSubject])],
    alternativeAddresses: alternative,
    notBefore,
    notAfter,
    keyUsage: readKeyUsage(extensionOf(oids.keyUsage)),
    extendedKeyUsage: extensionOf(oids.extendedKeyUsage)?.children.map(oidOf) ?? null,
    isAuthority: constraints?.children[0]?.raw.equals(derTrue) ?? false,
    pathLength: readPathLength(constraints),
    subjectKeyIdentifier: extensionOf(oids.subjectKeyIdentifier)?.content ?? null,
    signatureAlgorithm: childOf(whole, 1, tags.sequence).raw,
    extensions,
  }
  return { ...certificate, summary: summaryOf(certificate), learned: null }
}

function comparable(addresses: readonly string[]): string[] {
  return addresses.filter(isAddress).map(comparableAddress)
}

/** An address as addresses are compared: without regard to case, the domain in its ASCII form. */
export function comparableAddress(address: string): string {
  const at = address.lastIndexOf('@') + 1
  const domain = address.slice(at)
  const ascii = isAscii(Buffer.from(domain)) ? domain : domainToASCII(domain) || domain
  return (address.slice(0, at) + ascii).toLowerCase()
}

function summaryOf({
  x509,
  addresses,
  notAfter,
}: Omit<Certificate, 'summary' | 'learned'>): CertificateSummary {
  return {
    subject: nameText(x509.subject),
    issuer: nameText(x509.issuer),
    serialNumber: x509.serialNumber,
    fingerprint: x509.fingerprint256,
    addresses,
    notAfter: notAfter.toISOString(),
  }
}

/** Node prints a name one part a line, with control characters escaped; an empty name as undefined. */
function nameText(name: string | undefined): string {
  return (name ?? '').trim().split('\n').join(', ')
}

/** BOOLEAN TRUE; in DER there is one way to write it (X.690, section 11.1). */
const derTrue = Buffer.from([0x01, 0x01, 0xff])

function readExtensions(fields: DerValue): Extensions {
  const explicit3 = 0xa3
  const wrapper = fields.children.find(({ tag }) => tag === explicit3)
  return wrapper ? extensionsIn(childOf(wrapper, 0, tags.sequence)) : new Map()
}

/** The rfc822Name and SmtpUTF8Mailbox entries (RFC 5280, section 4.2.1.6; RFC 9598, section 3). */
function alternativeAddresses(names: DerValue | undefined): string[] {
  const rfc822Name = 0x81
  return (names?.children ?? []).flatMap((name) => {
    if (name.tag === rfc822Name) return [name.content.toString()]
    if (name.tag !== tags.context0 || oidOf(childOf(name, 0)) !== oids.smtpUtf8Mailbox) return []
    return [childOf(childOf(name, 1, tags.context0), 0).content.toString()]
  })
}

/** The emailAddress attributes of the subject, where older certificates have it (RFC 8550, section 3). */
function subjectAddresses(subject: DerValue): string[] {
  return subject.children
    .flatMap(({ children }) => children)
    .filter((attribute) => oidOf(childOf(attribute, 0)) === oids.emailAddress)
    .map((attribute) => textOf(childOf(attribute, 1)))
}

function textOf({ tag, content }: DerValue): string {
  if (tag !== tags.bmpString) return content.toString()
  return new TextDecoder('utf-16be').decode(content)
}

/** Keeps out what only looks like an address to a careless reader: control characters, spaces. */
function isAddress(text: string): boolean {
  return /^[^\p{Cc}\s@]+@[^\p{Cc}\s@]+$/u.test(text)
}

function readKeyUsage(bits: DerValue | undefined): readonly KeyUsage[] | null {
  if (!bits) return null
  const firstOctet = bits.content[1] ?? 0
  return keyUsageBits.filter(([, bit]) => firstOctet & bit).map(([usage]) => usage)
}

function readPathLength(constraints: DerValue | undefined): number {
  const length = constraints?.children.find(({ tag }) => tag === tags.integer)
  return length ? countOf(length) : Number.POSITIVE_INFINITY
}
