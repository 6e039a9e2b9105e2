import { type Reason, reason } from '../reading/reasons.js'
import type { Certificate } from './certificate.js'
import { nameOf } from './certificate-checks.js'
import type { RevocationList } from './revocation-list.js'

/**
 * Whether a certificate was revoked at a moment, by the lists at hand (RFC 5280, section 6.3). Null where a
 * current list of its issuer says that it was not.
 *
 * The lists have to be current today, also for a moment that is long ago: one of those days would not know what
 * came to light since.
 */
export function revocationReason(
  certificate: Certificate,
  issuer: Certificate,
  lists: readonly RevocationList[],
  moment: Date,
  now: Date,
): Reason | null {
  const name = `the certificate of ${nameOf(certificate)}`
  const mayList = issuer.keyUsage === null || issuer.keyUsage.includes('cRLSign')
  const theirs = lists.filter(
    (list) =>
      mayList &&
      list.issuer.equals(issuer.subject) &&
      covers(list, certificate) &&
      list.isSignedBy(issuer.publicKey),
  )
  // What an older list says is still true, since what was revoked stays revoked.
  for (const list of theirs) {
    const revocation = list.entryOf(certificate.serialNumber)
    if (revocation?.compromised)
      return reason('REVOKED', `${name} was revoked because its key was stolen; trust nothing it signed`)
    if (revocation && revocation.date <= moment)
      return reason('REVOKED', `${name} was revoked on ${revocation.date.toISOString()}`)
  }
  if (
    theirs.some(({ thisUpdate, nextUpdate }) => thisUpdate <= now && nextUpdate !== null && now <= nextUpdate)
  ) {
    return null
  }
  const why =
    theirs.length > 0
      ? 'the revocation list of its issuer is out of date'
      : 'no revocation list of its issuer is at hand'
  return reason(
    'REVOCATION_UNKNOWN',
    `whether ${name} was revoked is not known: ${why}; put a current one into smime.crls`,
  )
}

function covers({ scope }: RevocationList, { isAuthority }: Certificate): boolean {
  return scope === 'all' || scope === (isAuthority ? 'authorities' : 'people')
}
