import { IncidentMailerError, messageOf } from '../errors.js'
import type { Protection } from '../mail.js'
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

/** Whether a job brings certificates. An empty text, as playbooks send for an empty input, is none. */
export function hasCertificates({ encryptionCertificates }: Protection): boolean {
  return textsOf(encryptionCertificates).length > 0
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

function textsOf(value: Protection['encryptionCertificates']): string[] {
  const texts = typeof value === 'string' ? [value] : (value ?? [])
  return texts.filter((text) => text.trim() !== '')
}

function readText(text: string): Certificate[] {
  try {
    const certificates = readCertificates(text)
    if (certificates.length === 0) throw new Error('there is no BEGIN CERTIFICATE in it')
    return certificates
  } catch (thrown) {
    throw new IncidentMailerError(
      'INVALID_CERTIFICATE',
      `${field}: a certificate cannot be read: ${messageOf(thrown)}; give whole certificates in PEM`,
      { field, cause: thrown },
    )
  }
}
