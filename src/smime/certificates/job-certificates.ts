import { createHash, type X509Certificate } from 'node:crypto'
import { IncidentMailerError, messageOf } from '../../errors.js'
import type { Protection, Warning } from '../../mail.js'
import { quoted } from '../../quoted.js'
import { remembered } from '../../remembered.js'
import { type Certificate, readCertificates, readWhole } from './certificate.js'
import { allows } from './certificate-checks.js'

/** What the certificates in a job are there for. */
export interface JobCertificates {
  /** Those that name the addresses they serve. */
  readonly named: readonly Certificate[]
  /** Those that name no address. */
  readonly unnamed: readonly Certificate[]
  /** Authorities that name no address: for the check of trust, never for encryption. */
  readonly authorities: readonly Certificate[]
}

const field = 'encryptionCertificates'

/**
 * Whether a job brings certificates, and so wants to be encrypted without saying it.
 *
 * @throws IncidentMailerError `CERTIFICATE_MISSING` where there is nothing in the field for them: a playbook whose
 * look-up found none must not mail in the clear.
 */
function bringsCertificates({ encryptionCertificates }: Protection): boolean {
  // A caller of the stage itself may have JSON at hand, and null in it.
  if ((encryptionCertificates ?? null) === null) return false
  if (textsOf(encryptionCertificates).length > 0) return true
  throw new IncidentMailerError(
    'CERTIFICATE_MISSING',
    `${field} is given but holds no certificate, so nothing was sent; fill it, or set "encrypt": false to send the mail unencrypted on purpose`,
    { field },
  )
}

/** Whether a mail is going to be encrypted. */
export function isToBeEncrypted(protection: Protection): boolean {
  return protection.encrypt ?? bringsCertificates(protection)
}

/** What is to be said of a mail that goes in the clear as it asks to, and yet brings certificates. */
export function clearWarnings({ encryptionCertificates }: Protection): readonly Warning[] {
  if (textsOf(encryptionCertificates).length === 0) return []
  const message = `encrypt is false, so the mail goes unencrypted, and the certificates in ${field} are not used; leave encrypt out to use them`
  return [{ code: 'NOT_ENCRYPTED', message }]
}

/** Reads a job's certificates: PEM in one string, with or without commas between, or in a list. */
export function readJobCertificates({ encryptionCertificates }: Protection): JobCertificates {
  const read = distinctReader()
  const certificates = [...new Set(textsOf(encryptionCertificates).flatMap((text) => readText(text, read)))]
  const issuers = new Set(
    certificates
      .map(({ x509 }) => x509)
      .filter(isIssuedByOther)
      .map(({ issuer }) => issuer),
  )
  const isAuthority = (certificate: Certificate) =>
    certificate.addresses.length === 0 &&
    (isForAuthoritiesOnly(certificate) || (certificate.x509.ca && issuers.has(certificate.x509.subject)))
  return {
    named: certificates.filter(({ addresses }) => addresses.length > 0),
    unnamed: certificates.filter(
      (certificate) => certificate.addresses.length === 0 && !isAuthority(certificate),
    ),
    authorities: certificates.filter(isAuthority),
  }
}

/** Reads each certificate once, however often it is there, and no more than a job may bring. */
function distinctReader(): (bytes: Buffer) => Certificate {
  const known = new Map<string, Certificate>()
  return (bytes) => {
    const fingerprint = createHash('sha256').update(bytes).digest('base64')
    const before = known.get(fingerprint)
    if (before) return before
    if (known.size >= most)
      throw new Error(`a job may bring ${most.toLocaleString('en')}; leave the others out`)
    const certificate = remembered(recent, mostRecent, fingerprint, () => readWhole(bytes))
    known.set(fingerprint, certificate)
    return certificate
  }
}

const most = 1_000

/**
 * Certificates of earlier jobs, by their SHA-256: many mails go to the same people, and to read a certificate takes as
 * long as to encrypt a short mail.
 */
const recent = new Map<string, Certificate>()

const mostRecent = 1_000

/** An authority's whose key is not for encryption. One that says nothing may be a person's that signed itself. */
function isForAuthoritiesOnly(certificate: Certificate): boolean {
  const isAuthority = certificate.x509.ca || certificate.keyUsage?.includes('keyCertSign')
  return isAuthority === true && !allows(certificate, 'encrypt')
}

function isIssuedByOther({ subject, issuer }: X509Certificate): boolean {
  return issuer !== subject
}

/** One text of the job's. */
interface Text {
  readonly text: string
  /** `encryptionCertificates`, or where it stands in the list. */
  readonly field: string
}

/** The texts that are not empty, as playbooks leave them for an empty input. */
function textsOf(value: Protection['encryptionCertificates']): Text[] {
  const texts =
    typeof value === 'string'
      ? [{ text: value, field }]
      : (value ?? []).map((text, index) => ({ text, field: `${field}[${index}]` }))
  return texts.filter(({ text }) => text?.trim())
}

function readText({ text, field }: Text, read: (bytes: Buffer) => Certificate): Certificate[] {
  if (isLikeAPath(text)) {
    throw invalid(
      field,
      `${quoted(text)} looks like a path; give the text of the PEM file, or put the file into smime.certificates`,
    )
  }
  let certificates: Certificate[]
  try {
    certificates = readCertificates(text, read)
  } catch (thrown) {
    throw invalid(field, messageOf(thrown), thrown)
  }
  if (certificates.length > 0) return certificates
  throw invalid(field, 'there is no BEGIN CERTIFICATE in it; give certificates in PEM')
}

function invalid(field: string, reason: string, cause?: unknown): IncidentMailerError {
  return new IncidentMailerError('INVALID_CERTIFICATE', `${field}: ${reason}`, { field, cause })
}

/** One short line that begins or ends as the name of a file does. */
function isLikeAPath(text: string): boolean {
  const line = text.trim()
  return line.length <= 512 && !/[\r\n]/.test(line) && LIKE_A_PATH.test(line)
}

const LIKE_A_PATH = /^(?:~|\.{1,2}|[A-Za-z]:)?[\\/]|\.(?:pem|crt|cer|der)$/i
