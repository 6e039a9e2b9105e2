import { messageOf } from '../../errors.js'
import { quoted } from '../../quoted.js'
import { childOf, oidOf, readDer } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'
import { readSignatureScheme } from '../keys/signature-scheme.js'
import { type Reason, reason } from '../reading/reasons.js'
import type { Certificate } from './certificate.js'
import { allows, isWeakRsa, nameOf } from './certificate-checks.js'
import { isSignedBy, sameCertificate } from './certificate-path.js'
import { allowsNames } from './name-constraints.js'
import { revocationReason } from './revocation.js'
import type { RevocationList } from './revocation-list.js'

/** What a certificate is held against. */
export interface TrustBasis {
  /** The authorities, or people, that are trusted by themselves. */
  readonly trusted: readonly Certificate[]
  /** Others that may lead to them: what a message brings along, what lies in a folder. */
  readonly atHand: readonly Certificate[]
  /** Revocation lists; null where revocation is not checked. */
  readonly lists: readonly RevocationList[] | null
  /** Whether SHA-1 in certificates is taken. */
  readonly allowsSha1: boolean
}

/** The way from a certificate to one that is trusted, as far as it goes. */
export interface TrustPath {
  /** The certificate, its issuer, and so on. */
  readonly chain: readonly Certificate[]
  /** Why it is not trusted; none where it is. */
  readonly reasons: readonly Reason[]
}

/** More than any chain in use. */
const longestChain = 9
/** Signatures that are checked, and chains that are looked at, for one certificate: strangers bring the certificates. */
const mostChecks = 200
const mostChains = 50

/**
 * Finds the way from a certificate to one that is trusted, of which every step holds at a moment (RFC 5280,
 * section 6.1). Of several that do not hold, the one that lacks least. One with an extension that cannot be read is
 * nobody's to trust.
 *
 * @param purpose - whether the certificate itself has to be one for signing mail
 */
export function findPath(
  certificate: Certificate,
  basis: TrustBasis,
  moment: Date,
  purpose: 'sign' | 'any',
  now = new Date(),
): TrustPath {
  try {
    return bestPath(certificate, basis, moment, purpose, now)
  } catch (thrown) {
    const why = `a certificate or revocation list cannot be read: ${messageOf(thrown)}`
    return { chain: [certificate], reasons: [reason('NO_PATH', why)] }
  }
}

function bestPath(
  certificate: Certificate,
  basis: TrustBasis,
  moment: Date,
  purpose: 'sign' | 'any',
  now: Date,
): TrustPath {
  let best: TrustPath | null = null
  for (const chain of chainsFrom(certificate, basis)) {
    const reasons = reasonsAgainst(chain, basis, moment, purpose, now)
    if (reasons.length === 0) return { chain, reasons }
    if (!best || reasons.length < best.reasons.length) best = { chain, reasons }
  }
  if (best) return best
  const [cause, ...others] = endReasons(certificate, moment, purpose)
  const noPath = reason(
    'NO_PATH',
    `no trusted authority vouches for the certificate of ${nameOf(certificate)}, issued by ${quoted(certificate.summary.issuer, 200)}`,
  )
  return { chain: [certificate], reasons: [noPath, ...(cause ? [cause] : []), ...others] }
}

/**
 * Why a certificate is not to be trusted at a moment; none where it is one of the trusted, or one of them vouches for
 * it.
 */
export function reasonsAgainstTrust(
  certificate: Certificate,
  basis: TrustBasis,
  moment: Date,
): readonly Reason[] {
  const isAnchor = basis.trusted.some((anchor) => sameCertificate(anchor, certificate))
  return isAnchor ? [] : findPath(certificate, basis, moment, 'any').reasons
}

/** Every chain that ends with a trusted certificate, shortest branches first, within bounds. */
function* chainsFrom(certificate: Certificate, { trusted, atHand }: TrustBasis): Generator<Certificate[]> {
  const candidates = [...trusted, ...atHand].filter(
    (candidate, index, all) => all.findIndex((other) => sameCertificate(other, candidate)) === index,
  )
  const isAnchor = (member: Certificate) => trusted.some((anchor) => sameCertificate(anchor, member))
  const issuersOf = new Map<Certificate, Certificate[]>()
  let checks = 0
  let chains = 0
  const issuers = (member: Certificate): Certificate[] => {
    const known = issuersOf.get(member)
    if (known) return known
    const found = candidates.filter((candidate) => {
      if (!candidate.subject.equals(member.issuer) || checks >= mostChecks) return false
      checks++
      return isSignedBy(member, candidate)
    })
    issuersOf.set(member, found)
    return found
  }
  const queue: Certificate[][] = [[certificate]]
  for (let chain = queue.shift(); chain && chains < mostChains; chain = queue.shift()) {
    const last = chain.at(-1)
    if (!last) continue
    if (isAnchor(last)) {
      chains++
      yield chain
      continue
    }
    if (chain.length === longestChain) continue
    for (const issuer of issuers(last)) {
      // Without bound, two authorities that vouch for each other under many names would multiply.
      if (queue.length < mostChains && !chain.some((member) => sameCertificate(member, issuer))) {
        queue.push([...chain, issuer])
      }
    }
  }
}

function reasonsAgainst(
  chain: readonly Certificate[],
  basis: TrustBasis,
  moment: Date,
  purpose: 'sign' | 'any',
  now: Date,
): Reason[] {
  return chain.flatMap((member, place) => {
    const below = chain.slice(0, place)
    const issuer = chain[place + 1]
    const revoked = issuer && basis.lists ? revocationReason(member, issuer, basis.lists, moment, now) : null
    return [
      ...(place === 0
        ? endReasons(member, moment, purpose)
        : [...memberReasons(member, moment), ...authorityReasons(member, below, !issuer, purpose)]),
      ...(issuer ? signatureReasons(member, basis.allowsSha1) : []),
      ...(revoked ? [revoked] : []),
    ]
  })
}

/** What every certificate of a chain has to be. */
function memberReasons(certificate: Certificate, moment: Date): Reason[] {
  const { notBefore, notAfter, extensions, publicKey } = certificate
  const name = `the certificate of ${nameOf(certificate)}`
  const reasons: Reason[] = []
  if (moment > notAfter)
    reasons.push(reason('CERTIFICATE_EXPIRED', `${name} expired on ${notAfter.toISOString()}`))
  if (moment < notBefore)
    reasons.push(
      reason('CERTIFICATE_NOT_YET_VALID', `${name} is not valid before ${notBefore.toISOString()}`),
    )
  const unknown = [...extensions].filter(([id, { critical }]) => critical && !understood.has(id))
  if (unknown.length > 0)
    reasons.push(
      reason(
        'UNKNOWN_CRITICAL_EXTENSION',
        `${name} has a critical extension that is not known here: ${unknown.map(([id]) => id).join(', ')}`,
      ),
    )
  if (publicKey.asymmetricKeyType?.startsWith('rsa') && isWeakRsa(publicKey))
    reasons.push(reason('KEY_WEAK', `${name} has an RSA key for which forgeries can be made`))
  return reasons
}

/** What the certificate has to be whose chain it is. */
function endReasons(certificate: Certificate, moment: Date, purpose: 'sign' | 'any'): Reason[] {
  const reasons = memberReasons(certificate, moment)
  if (purpose === 'any') return reasons
  const name = `the certificate of ${nameOf(certificate)}`
  if (!allows(certificate, 'sign'))
    reasons.push(reason('KEY_USAGE', `the key usage of ${name} does not allow to sign`))
  if (!isForMail(certificate)) reasons.push(reason('NOT_FOR_MAIL', `${name} is for other purposes than mail`))
  return reasons
}

/** What an authority has to be, given those that stand between it and the end. */
function authorityReasons(
  authority: Certificate,
  below: readonly Certificate[],
  isAnchor: boolean,
  purpose: 'sign' | 'any',
): Reason[] {
  const name = nameOf(authority)
  const reasons: Reason[] = []
  const mayIssue = authority.keyUsage === null || authority.keyUsage.includes('keyCertSign')
  if (!authority.isAuthority || !mayIssue)
    reasons.push(reason('NOT_AN_AUTHORITY', `${name} issued a certificate, but is no authority`))
  // Those that issued themselves anew do not count (section 6.1.4, step l).
  const between = below.slice(1).filter(({ subject, issuer }) => !subject.equals(issuer))
  if (between.length > authority.pathLength)
    reasons.push(reason('PATH_TOO_LONG', `${name} does not allow so many authorities below it`))
  if (purpose === 'sign' && !isAnchor && !isForMail(authority))
    reasons.push(reason('NOT_FOR_MAIL', `the certificate of ${name} is for other purposes than mail`))
  const constrained = below.filter(({ subject, issuer }, place) => place === 0 || !subject.equals(issuer))
  if (!constrained.every((member) => allowsNames(authority, member)))
    reasons.push(reason('NAME_NOT_ALLOWED', `${name} may not vouch for a name in the certificates below it`))
  return reasons
}

function signatureReasons(certificate: Certificate, allowsSha1: boolean): Reason[] {
  const digest = readSignatureScheme(readDer(certificate.signatureAlgorithm), null)?.digest
  const isWeak = digest === 'md5' || (digest === 'sha1' && !allowsSha1) || isMd5WithRsa(certificate)
  return isWeak
    ? [reason('DIGEST_WEAK', `the certificate of ${nameOf(certificate)} was signed with a weak digest`)]
    : []
}

function isMd5WithRsa({ signatureAlgorithm }: Certificate): boolean {
  return oidOf(childOf(readDer(signatureAlgorithm), 0)) === oids.md5WithRsa
}

/** Says so, or does not say for what it is (RFC 8550, section 4.4.4). */
function isForMail({ extendedKeyUsage }: Certificate): boolean {
  return (
    extendedKeyUsage === null ||
    extendedKeyUsage.includes(oids.emailProtection) ||
    extendedKeyUsage.includes(oids.anyExtendedKeyUsage)
  )
}

/** What is acted on here, and policies, of which none is asked for. */
const understood: ReadonlySet<string> = new Set([
  oids.keyUsage,
  oids.extendedKeyUsage,
  oids.basicConstraints,
  oids.subjectAltName,
  oids.issuerAltName,
  oids.nameConstraints,
  oids.subjectKeyIdentifier,
  oids.authorityKeyIdentifier,
  oids.crlDistributionPoints,
  oids.certificatePolicies,
])
