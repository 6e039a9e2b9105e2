import { StepFailed, type StepRunner } from '../check-steps.js'
import type { StageContext } from '../pipeline.js'
import { quoted } from '../quoted.js'
import { type Certificate, comparableAddress } from './certificates/certificate.js'
import { daysLeft, daysText, doubts, nameOf } from './certificates/certificate-checks.js'
import { certificateStore } from './certificates/certificate-store.js'
import { crlStore } from './certificates/crl-store.js'
import { storeText } from './certificates/store-text.js'
import { findPath, type TrustBasis } from './certificates/trust-path.js'
import type { EncryptOptions } from './encrypt.js'
import type { Identity } from './keys/identity.js'
import { assertValidAt } from './keys/signing-key.js'

/** What `checkSmime` looks at: the settings, and who signs. */
export interface SmimeCheck extends Pick<EncryptOptions, 'certificates' | 'trust' | 'crls'> {
  /** Who signs, the mail's author first, and where each stands in the options. */
  readonly signers: readonly { readonly identity: Identity; readonly field: string }[]
  /** The address that mails are from where their job names none; null for none. */
  readonly from: string | null
}

/**
 * Looks at what signs and encrypts, before the first mail needs it: a step for the trusted authorities, one for each
 * signer, one for the recipients' certificates; none for what is not configured. A step fails for what no mail would
 * survive. What mails survive with a warning, the step says.
 */
export async function checkSmime(check: SmimeCheck, context: StageContext, step: StepRunner): Promise<void> {
  const moment = new Date()
  const going = async <T>(running: Promise<T>): Promise<T | null> => {
    try {
      return await running
    } catch (error) {
      if (error instanceof StepFailed) return null
      throw error
    }
  }
  const { trust, certificates } = check
  const basis =
    trust === undefined
      ? null
      : await going(step('trust', () => readTrust(trust, check.crls, context), trustText))
  for (const [place, { identity, field }] of check.signers.entries()) {
    const from = place === 0 ? check.from : null
    const work = async () => assertValidAt(identity, field, moment)
    await going(step('identity', work, () => identityText(identity, field, from, basis, moment)))
  }
  if (typeof certificates === 'function') {
    const says = () => 'a function is asked for the certificates of each recipient, which no check can do'
    await step('certificates', async () => undefined, says)
  } else if (certificates !== undefined) {
    const store = certificateStore(certificates, 'smime.certificates')
    await going(
      step(
        'certificates',
        () => store(context, []),
        (found) => storeText(found, basis, moment),
      ),
    )
  }
}

type Trust = Pick<TrustBasis, 'trusted' | 'lists'>

async function readTrust(trust: string, crls: string | undefined, context: StageContext): Promise<Trust> {
  const { certificates } = await certificateStore(trust, 'smime.trust')(context, [])
  return {
    trusted: certificates,
    lists: crls === undefined ? null : await crlStore(crls, 'smime.crls', context),
  }
}

function trustText({ trusted, lists }: Trust): string {
  const authorities = trusted.length === 1 ? '1 certificate is' : `${trusted.length} certificates are`
  const revocation =
    lists === null ? 'revocation is not checked' : `${lists.length} revocation lists are at hand`
  return `${authorities} trusted; ${revocation}`
}

function identityText(
  { certificate, chain }: Identity,
  field: string,
  from: string | null,
  trust: Trust | null,
  moment: Date,
): string {
  const { summary, keyUsage, addresses } = certificate
  const usage = keyUsage ? `key usage ${keyUsage.join(', ')}` : 'for any key usage'
  return [
    `${field}: ${nameOf(certificate)}, valid for ${daysText(daysLeft(certificate, moment))} (until ${summary.notAfter})`,
    usage,
    chainText(chain),
    ...(trust ? [trustLine(certificate, chain, trust, moment)] : []),
    ...(from !== null && addresses.length > 0 && !addresses.includes(comparableAddress(from))
      ? [
          `mails are from ${quoted(from)}, which it does not name; readers will doubt it: send from an address of the certificate`,
        ]
      : []),
    ...doubts(certificate, 'sign', moment).map(({ message }) => message),
  ].join('; ')
}

/** What of the way to its authority each mail carries. */
function chainText(chain: readonly Certificate[]): string {
  const last = chain.at(-1)
  if (!last) return 'no chain'
  if (last.subject.equals(last.issuer))
    return chain.length === 1
      ? 'it signed itself'
      : `its chain is complete, to ${quoted(last.summary.subject)}`
  return `its chain ends at ${quoted(last.summary.subject)}, issued by ${quoted(last.summary.issuer)}, which readers have to know; if that is no root, put it into the chain`
}

function trustLine(
  certificate: Certificate,
  chain: readonly Certificate[],
  trust: Trust,
  moment: Date,
): string {
  const basis = { ...trust, atHand: chain, allowsSha1: true }
  const path = findPath(certificate, basis, moment, 'sign', moment)
  if (path.reasons.length === 0)
    return `smime.trust vouches for it: ${path.chain.map(({ summary }) => quoted(summary.subject)).join(' < ')}`
  return `smime.trust does not vouch for it: ${path.reasons.map(({ message }) => message).join(', ')}; readers who trust the same will doubt it: put its authority there, and those between into the identity`
}
