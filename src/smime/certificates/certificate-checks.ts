import type { KeyObject } from 'node:crypto'
import type { UsedCertificate, Warning } from '../../mail.js'
import { oids } from '../encoding/oids.js'
import type { Certificate, KeyUsage } from './certificate.js'

/** So many days before a certificate's end someone should be told. */
const soon = 14

/** In milliseconds. */
const day = 24 * 60 * 60 * 1000

/** What a certificate is wanted for. */
export type Purpose = 'sign' | 'encrypt'

/** One of these has to be there. */
function wantedUsages({ publicKey }: Certificate, purpose: Purpose): readonly KeyUsage[] {
  if (purpose === 'sign') return ['digitalSignature', 'nonRepudiation']
  // An elliptic key does not encrypt a key, it agrees on one (RFC 8550, section 4.4.2).
  return publicKey.asymmetricKeyType === 'ec' ? ['keyAgreement'] : ['keyEncipherment']
}

/** Whether the certificate's key usage lets its key do that (RFC 8550, section 4.4.2). */
export function allows(certificate: Certificate, purpose: Purpose): boolean {
  const { keyUsage } = certificate
  return keyUsage === null || wantedUsages(certificate, purpose).some((usage) => keyUsage.includes(usage))
}

/** RFC 8551, section 4.3: RSA keys under 1,024 bits protect nothing. Nor does the exponent 1. */
export function isWeakRsa({ asymmetricKeyDetails }: KeyObject): boolean {
  const { modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails ?? {}
  return modulusLength < 1024 || publicExponent < 3n
}

/**
 * What is doubtful about a certificate that will do all the same.
 *
 * One that names no purpose at all is good for any (RFC 5280, section 4.2.1.12), but some readers want to see
 * emailProtection, so it is a warning too. A key usage that speaks against it is a warning and no error, since
 * the common readers still decrypt and most still verify.
 */
export function doubts(certificate: Certificate, purpose: Purpose, moment: Date): Warning[] {
  const { extendedKeyUsage, summary } = certificate
  const name = `the certificate of ${nameOf(certificate)}`
  const warnings: Warning[] = []
  const forMail =
    extendedKeyUsage?.includes(oids.emailProtection) || extendedKeyUsage?.includes(oids.anyExtendedKeyUsage)
  if (!forMail) {
    const fault = extendedKeyUsage ? 'is for other purposes than mail' : 'does not say that it is for mail'
    warnings.push({
      code: 'NO_EMAIL_PROTECTION',
      message: `${name} ${fault}; ask its issuer for one with the extended key usage emailProtection`,
    })
  }
  if (!allows(certificate, purpose)) {
    const wanted = wantedUsages(certificate, purpose).join(' or ')
    warnings.push({
      code: 'NO_EMAIL_PROTECTION',
      message: `the key usage of ${name} does not allow to ${purpose}; ask its issuer for one with ${wanted}`,
    })
  }
  if (endsSoon(certificate, moment)) {
    warnings.push({
      code: 'CERTIFICATE_EXPIRES_SOON',
      message: `${name} is valid for ${daysText(daysLeft(certificate, moment))} more, until ${summary.notAfter}; replace it in time`,
    })
  }
  return warnings
}

/** How many whole days a certificate is still valid from a moment on; negative once it has expired. */
export function daysLeft({ notAfter }: Certificate, moment: Date): number {
  return Math.floor((notAfter.getTime() - moment.getTime()) / day)
}

/** What a report says of a certificate that serves a mail of that moment. */
export function usedAt(certificate: Certificate, moment: Date): UsedCertificate {
  return { ...certificate.summary, daysLeft: daysLeft(certificate, moment) }
}

/** Whether it is time to replace a certificate. */
export function endsSoon(certificate: Certificate, moment: Date): boolean {
  return daysLeft(certificate, moment) < soon
}

/** `1 day`, `3 days`. */
export function daysText(days: number): string {
  return days === 1 ? '1 day' : `${days} days`
}

/** When a certificate is good, as an error about it says: `it expired on 2024-05-01`. */
export function whyNotValid({ notBefore, notAfter }: Certificate, moment: Date): string {
  return moment > notAfter
    ? `it expired on ${notAfter.toISOString()}`
    : `it is not valid before ${notBefore.toISOString()}`
}

/** Whom a certificate names: its addresses, or else its subject. Safe to print. */
export function nameOf({ addresses, summary }: Certificate): string {
  const name = addresses.join(', ') || summary.subject || `serial number ${summary.serialNumber}`
  return name.length > 160 ? `${name.slice(0, 159)}…` : name
}
