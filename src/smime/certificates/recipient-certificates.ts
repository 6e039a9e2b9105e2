import { IncidentMailerError } from '../../errors.js'
import type { Recipient } from '../../mail.js'
import { quoted } from '../../quoted.js'
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
 * allows it (people have another for signing), then one with the address in its subjectAltName, then the newest.
 *
 * @throws IncidentMailerError `CERTIFICATE_MISSING` and `CERTIFICATE_EXPIRED`, each naming all it is true of;
 * `INVALID_CERTIFICATE` for a key that cannot be encrypted to.
 */
export function assignCertificates(
  recipients: readonly Recipient[],
  job: JobCertificates,
  store: StoreContent,
  moment: Date,
  isTrusted: (certificate: Certificate) => boolean = () => true,
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
      ])
    const own = best(job.named) ?? best(store.certificates)
    const shared = !own || nobodyIsBlind ? job.unnamed : []
    assignment.set(address, own ? [own, ...shared] : shared)
  }
  assertComplete(assignment, job, store)
  const used = new Set([...assignment.values()].flat())
  assertValid(used, job, moment)
  for (const certificate of used) assertUsable(certificate, job)
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

function assertComplete(
  assignment: Assignment,
  { authorities }: JobCertificates,
  { unreadable }: StoreContent,
): void {
  const missing = [...assignment].filter(([, certificates]) => certificates.length === 0)
  if (missing.length === 0) return
  const addresses = missing.map(([address]) => address).join(', ')
  const notTheirs =
    authorities.length > 0
      ? `; what encryptionCertificates holds of ${authorities.map(nameOf).slice(0, 3).join(', ')} is an authority's, and nobody's to read mail with`
      : ''
  const hint =
    unreadable.length > 0
      ? `; these files cannot be read: ${unreadable.map((file) => quoted(file, 512)).join(', ')}`
      : ''
  throw new IncidentMailerError(
    'CERTIFICATE_MISSING',
    `no certificate to encrypt to for ${addresses}; give one in encryptionCertificates or put it in smime.certificates${notTheirs}${hint}`,
    { field: 'encryptionCertificates' },
  )
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

function assertUsable(certificate: Certificate, job: JobCertificates): void {
  const reason = whyNotEncryptable(certificate)
  if (reason === null) return
  throw new IncidentMailerError(
    'INVALID_CERTIFICATE',
    `the certificate of ${nameOf(certificate)} cannot be encrypted to: ${reason}; ask for another`,
    { field: fieldOf(certificate, job) },
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
