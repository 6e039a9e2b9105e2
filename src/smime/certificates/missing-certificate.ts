import { IncidentMailerError } from '../../errors.js'
import type { Warning } from '../../mail.js'
import { quoted } from '../../quoted.js'
import { nameOf } from './certificate-checks.js'
import type { StoreContent } from './certificate-store.js'
import type { JobCertificates } from './job-certificates.js'

/**
 * What becomes of a mail that is to be encrypted when recipients have no certificate: `fail`, nothing is sent;
 * `sign-only`, they get it signed and readable for everybody on its way; `skip`, they do not get it.
 */
export type MissingCertificate = 'fail' | 'sign-only' | 'skip'

/** What the policy is judged by. Nothing of it comes from the mail's text or header. */
export interface MissingContext {
  readonly policy: MissingCertificate
  readonly job: JobCertificates
  readonly store: StoreContent
  /** Whether the mail bears a signature already. */
  readonly isSigned: boolean
  /** Whether header fields of it are only inside the encryption (RFC 9788). */
  readonly hidesHeader: boolean
  /** Whether nobody at all has a certificate. */
  readonly isEverybody: boolean
}

/**
 * Refuses a mail whose recipients lack certificates, unless the policy says what becomes of them.
 *
 * `sign-only` needs a signature, a header that hides nothing, and a store that could be read: an unreadable file may hold the very certificate,
 * and must not turn an encrypted mail into a readable one. `skip` needs somebody who is left.
 *
 * @throws IncidentMailerError `CERTIFICATE_MISSING`, naming all
 */
export function assertMayBeMissing(addresses: readonly string[], context: MissingContext): void {
  const { job, store } = context
  const why = reasonToFail(context)
  if (why === null) return
  const notTheirs =
    job.authorities.length > 0
      ? `; what encryptionCertificates holds of ${job.authorities.map(nameOf).slice(0, 3).join(', ')} is an authority's, and nobody's to read mail with`
      : ''
  const hint =
    store.unreadable.length > 0
      ? `; these files cannot be read: ${store.unreadable.map((file) => quoted(file, 512)).join(', ')}`
      : ''
  throw new IncidentMailerError(
    'CERTIFICATE_MISSING',
    `no certificate to encrypt to for ${addresses.join(', ')}${why}; give one in encryptionCertificates or put it in smime.certificates${notTheirs}${hint}`,
    { field: 'encryptionCertificates' },
  )
}

/** Why it fails all the same, as words for the message; null where the policy lets it pass. */
function reasonToFail({ policy, store, ...facts }: MissingContext): string | null {
  switch (policy) {
    case 'fail':
      return ''
    case 'skip':
      return facts.isEverybody ? ', and nobody is left to send it to' : null
    case 'sign-only':
      if (!facts.isSigned) return ', and without a signature it is not sent to them unencrypted'
      if (facts.hidesHeader) return ', and with protectHeaders its header is for encrypted mail alone'
      return store.unreadable.length > 0 ? ', which may be in a file that cannot be read' : null
  }
}

/** Says plainly who gets the mail unencrypted, or not at all. */
export function missingWarnings(addresses: readonly string[], policy: MissingCertificate): Warning[] {
  if (addresses.length === 0) return []
  const who = addresses.join(', ')
  return policy === 'sign-only'
    ? [
        {
          code: 'NOT_ENCRYPTED',
          message: `${who}: no certificate, so this mail went to them signed but not encrypted, as smime.missingCertificate says`,
        },
      ]
    : [
        {
          code: 'RECIPIENT_LEFT_OUT',
          message: `${who}: no certificate, so this mail was not sent to them, as smime.missingCertificate says`,
        },
      ]
}
