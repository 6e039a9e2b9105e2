import type { Certificate } from '../certificates/certificate.js'
import { allows } from '../certificates/certificate-checks.js'
import { findPath } from '../certificates/trust-path.js'
import type { CheckedSigner } from '../cms/check-signer.js'
import { oidOf, readDer } from '../encoding/der.js'
import type { ReadingBasis } from './reading-options.js'
import { type Reason, reason } from './reasons.js'
import type { SignerReport, Standing } from './verification.js'

/** What holds of a signer, and all that speaks against them. */
export interface JudgedSigner {
  readonly report: SignerReport
  readonly reasons: readonly Reason[]
}

/** Asks the authorities about a signer, for today and for when they say to have signed. */
export function judgeSigner(
  signer: CheckedSigner,
  inMessage: readonly Certificate[],
  basis: ReadingBasis,
): JudgedSigner {
  const { certificate, algorithm, signingTime, capabilities } = signer
  const { moment } = basis
  const today = standing(certificate, inMessage, basis, moment)
  const reasons = [...signer.reasons, ...today.reasons, ...timeReasons(signingTime, moment)]
  const report: SignerReport = {
    addresses: certificate?.addresses ?? [],
    certificate: certificate?.summary ?? null,
    pem: certificate?.x509.toString() ?? null,
    chain: today.chain.map(({ summary }) => summary),
    algorithm,
    signingTime: signingTime?.toISOString() ?? null,
    signature: signer.reasons.some(({ effect }) => effect === 'broken') ? 'broken' : 'intact',
    today: today.standing,
    atSigningTime: signingTime && standing(certificate, inMessage, basis, signingTime).standing,
    forAnswers: forAnswers(signer, inMessage, basis, today.standing)?.x509.toString() ?? null,
    capabilities: capabilities ? capabilitiesIn(capabilities) : [],
  }
  return { report, reasons }
}

function standing(
  certificate: Certificate | null,
  inMessage: readonly Certificate[],
  basis: ReadingBasis,
  moment: Date,
): { standing: Standing; reasons: readonly Reason[]; chain: readonly Certificate[] } {
  const path = certificate
    ? findPath(
        certificate,
        { ...basis, atHand: [...inMessage, ...basis.atHand] },
        moment,
        'sign',
        basis.moment,
      )
    : { chain: [], reasons: [] }
  const reasons = basis.hasTrust
    ? path.reasons
    : [reason('NO_TRUST', 'nobody is trusted; set smime.trust to the authorities that are')]
  const trusted = certificate !== null && reasons.length === 0
  return {
    standing: { moment: moment.toISOString(), trust: trusted ? 'trusted' : 'untrusted', reasons },
    reasons,
    chain: path.chain,
  }
}

/**
 * Nothing but trust tells the certificate that the signer means from one of the same issuer's name and number that
 * somebody else put into the message, to read the answers.
 */
function forAnswers(
  { certificate, forAnswers }: CheckedSigner,
  inMessage: readonly Certificate[],
  basis: ReadingBasis,
  { trust }: Standing,
): Certificate | null {
  if (!certificate || trust === 'untrusted') return null
  const wanted = forAnswers.find(
    (candidate) =>
      allows(candidate, 'encrypt') &&
      candidate.addresses.some((address) => certificate.addresses.includes(address)) &&
      findPath(
        candidate,
        { ...basis, atHand: [...inMessage, ...basis.atHand] },
        basis.moment,
        'any',
        basis.moment,
      ).reasons.length === 0,
  )
  return wanted ?? (allows(certificate, 'encrypt') ? certificate : null)
}

/** Clocks differ by that much, in milliseconds. */
const tolerance = 10 * 60 * 1000

function timeReasons(signingTime: Date | null, moment: Date): Reason[] {
  if (!signingTime) return [reason('SIGNING_TIME_DOUBTFUL', 'the signer does not say when it was signed')]
  return signingTime.getTime() > moment.getTime() + tolerance
    ? [
        reason(
          'SIGNING_TIME_DOUBTFUL',
          `the signer says to have signed on ${signingTime.toISOString()}, which is still to come`,
        ),
      ]
    : []
}

/** SMIMECapabilities (RFC 8551, section 2.5.2): each begins with an object identifier. */
function capabilitiesIn(der: Buffer): string[] {
  try {
    return readDer(der)
      .children.slice(0, 64)
      .flatMap(({ children: [id] }) => (id ? [oidOf(id)] : []))
  } catch {
    return []
  }
}
