import { IncidentMailerError } from '../../errors.js'
import type { Recipient } from '../../mail.js'
import { isOnKnownCurve } from '../cms/key-agreement.js'
import { type Certificate, comparableAddress } from './certificate.js'
import { allows, isWeakRsa, nameOf, whyNotValid } from './certificate-checks.js'
import { isValidAt } from './certificate-path.js'
import type { StoreContent } from './certificate-store.js'
import type { JobCertificates } from './job-certificates.js'

/** Which certificates each recipient's copy is encrypted to, by address. */
export type Assignment = ReadonlyMap<string, readonly Certificate[]>

/**
 * Finds every recipient's certificates: one in the job that names the address, else one in the store that does,
 * else those in the job that name nobody.
 *
 * These last serve all recipients, but where someone is blind-copied only those without one of their own: it may
 * be the blind-copied person's, and must not stand in the copy of others.
 *
 * Of several, a valid one that can be encrypted to comes first, among these one that is trusted, then one that
 * allows it (people have another for signing), then one with the address in its subjectAltName, then one of whose
 * owner's mail program something was learned, then the newest.
 *
 * Recipients without any are not in the assignment; `onMissing` decides whether that may be.
 *
 * @throws IncidentMailerError what `onMissing` throws; `CERTIFICATE_EXPIRED`, naming all it is true of;
 * `INVALID_CERTIFICATE` for a key that cannot be encrypted to.
 */
export function assignCertificates(
  recipients: readonly Recipient[],
  job: JobCertificates,
  store: StoreContent,
  moment: Date,
  isTrusted: (certificate: Certificate) => boolean,
  onMissing: (addresses: readonly string[]) => void,
): Assignment {
  const nobodyIsBlind = recipients.every(({ kind }) => kind !== 'bcc')
  const assignment = new Map<string, readonly Certificate[]>()
  for (const { address } of recipients) {
    const best = (certificates: readonly Certificate[]) =>
      bestFor(address, certificates, (certificate) => [
        isValidAt(certificate, moment),
        isEncryptable(certificate),
        isTrusted(certificate),
        allows(certificate, 'encrypt'),
        certificate.alternativeAddresses.includes(comparableAddress(address)),
        certificate.learned !== null,
      ])
    const own = best(job.named) ?? best(store.certificates)
    const shared = !own || nobodyIsBlind ? job.unnamed : []
    const certificates = own ? [own, ...shared] : shared
    if (certificates.length > 0) assignment.set(address, certificates)
  }
  const missing = recipients.map(({ address }) => address).filter((address) => !assignment.has(address))
  if (missing.length > 0) onMissing(missing)
  const used = new Set([...assignment.values()].flat())
  assertValid(used, job, moment)
  for (const certificate of used) assertUsable(certificate, fieldOf(certificate, job))
  return assignment
}

/** Of the certificates that name an address: the one with the best merits, which come weightiest first. */
function bestFor(
  address: string,
  certificates: readonly Certificate[],
  meritsOf: (certificate: Certificate) => readonly boolean[],
): Certificate | undefined {
  const wanted = comparableAddress(address)
  const candidates = certificates.filter(({ addresses }) => addresses.includes(wanted))
  if (candidates.length < 2) return candidates[0]
  return candidates
    .map((certificate) => {
      const rank = meritsOf(certificate).reduce((sum, merit) => sum * 2 + Number(merit), 0)
      return { certificate, rank, since: certificate.notBefore.getTime() }
    })
    .sort((a, b) => b.rank - a.rank || b.since - a.since)[0]?.certificate
}

function assertValid(used: ReadonlySet<Certificate>, job: JobCertificates, moment: Date): void {
  const invalid = [...used].filter((certificate) => !isValidAt(certificate, moment))
  const [first] = invalid
  if (!first) return
  const reasons = invalid.map((certificate) => `${nameOf(certificate)}: ${whyNotValid(certificate, moment)}`)
  throw new IncidentMailerError(
    'CERTIFICATE_EXPIRED',
    `not valid to encrypt to: ${reasons.join('; ')}; get a new certificate from each`,
    { field: fieldOf(first, job) },
  )
}

/**
 * Refuses a certificate whose key cannot be encrypted to.
 *
 * @throws IncidentMailerError `INVALID_CERTIFICATE`
 */
export function assertUsable(certificate: Certificate, field: string): void {
  const reason = whyNotEncryptable(certificate)
  if (reason === null) return
  throw new IncidentMailerError(
    'INVALID_CERTIFICATE',
    `the certificate of ${nameOf(certificate)} cannot be encrypted to: ${reason}; ask for another`,
    { field },
  )
}

function isEncryptable({ publicKey }: Certificate): boolean {
  return publicKey.asymmetricKeyType === 'rsa' || isOnKnownCurve(publicKey)
}

function whyNotEncryptable({ publicKey }: Certificate): string | null {
  const { asymmetricKeyType = 'unknown', asymmetricKeyDetails } = publicKey
  switch (asymmetricKeyType) {
    case 'rsa':
      return isWeakRsa(publicKey) ? 'its RSA key is too weak' : null
    case 'ec':
      return isOnKnownCurve(publicKey)
        ? null
        : `its key is on the curve ${asymmetricKeyDetails?.namedCurve}, and encryption needs P-256, P-384 or P-521`
    default:
      return `its key is of kind ${asymmetricKeyType.toUpperCase()}, and encryption needs RSA (PKCS#1) or EC`
  }
}

/** Where a certificate came from. */
function fieldOf(certificate: Certificate, { named, unnamed }: JobCertificates): string {
  const isFromJob = named.includes(certificate) || unnamed.includes(certificate)
  return isFromJob ? 'encryptionCertificates' : 'smime.certificates'
}
