import type { Certificate } from './certificate.js'

/** Longer than any chain in use. */
const longestPath = 8

/**
 * The certificates by which readers get from one to an authority they know: it, its issuer, and so on, as far
 * as they are at hand. What else lies in the same file stays out of the mail.
 */
export function chainOf(certificate: Certificate, atHand: readonly Certificate[]): Certificate[] {
  const chain = [certificate]
  for (const member of chain) {
    for (const candidate of atHand) {
      if (!chain.some((known) => sameCertificate(known, candidate)) && issued(candidate, member)) {
        chain.push(candidate)
      }
    }
  }
  return chain
}

/**
 * Whether a certificate is one of the trusted, or was issued by one, directly or through others at hand that
 * are authorities and valid at that moment (RFC 5280, section 6.1, for what mail needs of it).
 */
export function isTrusted(
  certificate: Certificate,
  trusted: readonly Certificate[],
  atHand: readonly Certificate[],
  moment: Date,
): boolean {
  const seen = [certificate]
  let level = seen
  for (let authoritiesBelow = 0; authoritiesBelow < longestPath && level.length > 0; authoritiesBelow++) {
    if (level.some((member) => trusted.some((anchor) => sameCertificate(anchor, member)))) return true
    const mayIssue = (candidate: Certificate) =>
      candidate.x509.ca && candidate.pathLength >= authoritiesBelow && isValidAt(candidate, moment)
    const authorities = [...trusted, ...atHand].filter(mayIssue)
    level = authorities.filter(
      (candidate) =>
        !seen.some((known) => sameCertificate(known, candidate)) &&
        level.some((member) => issued(candidate, member)),
    )
    seen.push(...level)
  }
  return false
}

/** Whether a moment lies within a certificate's validity (RFC 5280, section 4.1.2.5). */
export function isValidAt({ notBefore, notAfter }: Certificate, moment: Date): boolean {
  return notBefore <= moment && moment <= notAfter
}

/** Whether one certificate's key signed the other. Names alone prove nothing. */
function issued(issuer: Certificate, certificate: Certificate): boolean {
  if (!certificate.x509.checkIssued(issuer.x509)) return false
  try {
    return certificate.x509.verify(issuer.publicKey)
  } catch {
    // A key of another kind than the signature.
    return false
  }
}

function sameCertificate(a: Certificate, b: Certificate): boolean {
  return a.der.equals(b.der)
}
