import { IncidentMailerError, messageOf } from '../errors.js'
import type { Protection } from '../mail.js'
import { quoted } from '../quoted.js'
import { type Certificate, readCertificates } from './certificate.js'
import { issued, sameCertificate } from './certificate-path.js'

/** What the certificates in a job are there for. */
export interface JobCertificates {
  /** Those that name the addresses they serve. */
  readonly named: readonly Certificate[]
  /** Those that name no address. */
  readonly unnamed: readonly Certificate[]
  /** Authorities that issued others of the same job: for the check of trust, not for encryption. */
  readonly authorities: readonly Certificate[]
}

const field = 'encryptionCertificates'

/**
 * Whether a job brings certificates, and so wants to be encrypted without saying it.
 *
 * @throws IncidentMailerError `CERTIFICATE_MISSING` where there is nothing in the field for them: a playbook whose
 * look-up found none must not mail in the clear.
 */
export function bringsCertificates({ encryptionCertificates }: Protection): boolean {
  // A caller of the stage itself may have JSON at hand, and null in it.
  if ((encryptionCertificates ?? null) === null) return false
  if (textsOf(encryptionCertificates).length > 0) return true
  throw new IncidentMailerError(
    'CERTIFICATE_MISSING',
    `${field} is given but holds no certificate, so nothing was sent; fill it, or set "encrypt": false to send the mail unencrypted on purpose`,
    { field },
  )
}

/** Reads a job's certificates: PEM in one string, with or without commas between, or in a list. */
export function readJobCertificates({ encryptionCertificates }: Protection): JobCertificates {
  const certificates: Certificate[] = []
  for (const certificate of textsOf(encryptionCertificates).flatMap(readText)) {
    if (!certificates.some((known) => sameCertificate(known, certificate))) certificates.push(certificate)
  }
  const isAuthority = (certificate: Certificate) =>
    certificate.addresses.length === 0 &&
    certificate.x509.ca &&
    certificates.some((other) => other !== certificate && issued(certificate, other))
  return {
    named: certificates.filter(({ addresses }) => addresses.length > 0),
    unnamed: certificates.filter(
      (certificate) => certificate.addresses.length === 0 && !isAuthority(certificate),
    ),
    authorities: certificates.filter(isAuthority),
  }
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

function readText({ text, field }: Text): Certificate[] {
  if (isLikeAPath(text)) {
    throw invalid(
      field,
      `${quoted(text)} looks like a path; give the text of the PEM file, or put the file into smime.certificates`,
    )
  }
  let certificates: Certificate[]
  try {
    certificates = readCertificates(text)
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
