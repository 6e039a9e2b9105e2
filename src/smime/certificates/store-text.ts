import { quoted } from '../../quoted.js'
import type { Certificate } from './certificate.js'
import { daysLeft, daysText, endsSoon, nameOf } from './certificate-checks.js'
import type { StoreContent } from './certificate-store.js'
import { reasonsAgainstTrust, type TrustBasis } from './trust-path.js'

/**
 * What a folder or file of certificates holds, in one line: for how many addresses, whose are over or end soon,
 * whose nobody trusted vouches for, and which files cannot be read. An old certificate beside a newer one of the same
 * person is no news.
 *
 * @param trust - whom to ask; null where nobody is trusted
 */
export function storeText(
  { certificates, unreadable }: StoreContent,
  trust: Pick<TrustBasis, 'trusted' | 'lists'> | null,
  moment: Date,
): string {
  const newest = newestByAddress(certificates)
  const current = [...new Set(newest.values())]
  const over = current.filter(({ notAfter }) => notAfter < moment)
  const ending = current.filter((one) => !over.includes(one) && endsSoon(one, moment))
  const atHand = certificates.filter(({ isAuthority }) => isAuthority)
  const basis = trust && { ...trust, atHand, allowsSha1: true }
  const untrusted = basis
    ? current.flatMap((one) => {
        const [why] = over.includes(one) ? [] : reasonsAgainstTrust(one, basis, moment)
        return why ? [why.message] : []
      })
    : []
  const total = certificates.length
  return [
    `${total} ${total === 1 ? 'certificate' : 'certificates'} for ${newest.size} ${newest.size === 1 ? 'address' : 'addresses'}`,
    ...listed(
      'ask for new ones, these end soon',
      ending.map((one) => `${nameOf(one)} (${daysText(daysLeft(one, moment))})`),
    ),
    ...listed(
      'ask for new ones, these have expired',
      over.map((one) => `${nameOf(one)} (on ${one.summary.notAfter})`),
    ),
    ...listed('not vouched for by smime.trust', untrusted),
    ...listed(
      'put right or take away, these files cannot be read',
      unreadable.map((file) => quoted(file, 512)),
    ),
  ].join('; ')
}

/** Of each address the certificate that lasts longest. */
function newestByAddress(certificates: readonly Certificate[]): ReadonlyMap<string, Certificate> {
  const newest = new Map<string, Certificate>()
  for (const certificate of certificates) {
    for (const address of certificate.addresses) {
      const known = newest.get(address)
      if (!known || known.notAfter < certificate.notAfter) newest.set(address, certificate)
    }
  }
  return newest
}

/** So many are named, and of the others the number. */
const most = 5

function listed(what: string, items: readonly string[]): string[] {
  if (items.length === 0) return []
  const others = items.length > most ? `, and ${items.length - most} more` : ''
  return [`${what}: ${items.slice(0, most).join(', ')}${others}`]
}
