import type { Certificate } from './certificate.js'

/**
 * The certificates by which readers get from one to an authority they know: it, its issuer, and so on, as far
 * as they are at hand. What else lies in the same file stays out of the mail.
 */
export function chainOf(certificate: Certificate, atHand: readonly Certificate[]): Certificate[] {
  const chain = [certificate]
  for (const member of chain) {
    for (const candidate of atHand) {
      if (!chain.some((known) => sameCertificate(known, candidate)) && isIssuer(candidate, member)) {
        chain.push(candidate)
      }
    }
  }
  return chain
}

/** Whether a moment lies within a certificate's validity (RFC 5280, section 4.1.2.5). */
export function isValidAt({ notBefore, notAfter }: Certificate, moment: Date): boolean {
  return notBefore <= moment && moment <= notAfter
}

/** Whether one certificate names the other as its issuer, and was signed by its key. Names alone prove nothing. */
function isIssuer(issuer: Certificate, certificate: Certificate): boolean {
  return certificate.x509.checkIssued(issuer.x509) && isSignedBy(certificate, issuer)
}

/** Whether the key of one certificate signed the other. */
export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  try {
    return certificate.x509.verify(issuer.publicKey)
  } catch {
    // A key of another kind than the signature.
    return false
  }
}

/** Whether two are the same, byte for byte. */
export function sameCertificate(a: Certificate, b: Certificate): boolean {
  return a.der.equals(b.der)
}
