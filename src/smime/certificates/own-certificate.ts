import { IncidentMailerError, messageOf } from '../../errors.js'
import { invalidOption } from '../../options.js'
import type { StageContext } from '../../pipeline.js'
import { isPem } from '../encoding/pem.js'
import { type Identity, type IdentityOptions, loadIdentity } from '../keys/identity.js'
import { type Certificate, readCertificates } from './certificate.js'
import { allows, nameOf, whyNotValid } from './certificate-checks.js'
import { isValidAt } from './certificate-path.js'
import { certificateStore } from './certificate-store.js'
import { assertUsable } from './recipient-certificates.js'

/** Finds the sender's own certificate for a mail of that moment. */
export type OwnCertificate = (context: StageContext, moment: Date) => Promise<Certificate | null>

const field = 'smime.encryptToSelf'

/**
 * The certificate that lets the sender read what was sent: of an identity, the one whose key usage is for
 * encryption, if it has one; else of a file or PEM. It stands in every encrypted copy alike, and so tells nobody
 * of blind-copied people.
 *
 * @throws IncidentMailerError `INVALID_CONFIG` at once. For a mail: `CERTIFICATE_EXPIRED`, `INVALID_CERTIFICATE`,
 * `FILE_NOT_FOUND`, `FILE_UNREADABLE`
 */
export function ownCertificate(option: Identity | IdentityOptions | string | undefined): OwnCertificate {
  if (option === undefined) return async () => null
  const read = certificatesOf(option)
  return async (context, moment) => {
    const certificates = await read(context)
    const merit = (certificate: Certificate) =>
      2 * Number(isValidAt(certificate, moment)) + Number(allows(certificate, 'encrypt'))
    const [best] = certificates.toSorted(
      (a, b) => merit(b) - merit(a) || b.notBefore.getTime() - a.notBefore.getTime(),
    )
    if (!best)
      throw new IncidentMailerError('INVALID_CERTIFICATE', `${field} holds no certificate`, { field })
    if (!isValidAt(best, moment)) {
      throw new IncidentMailerError(
        'CERTIFICATE_EXPIRED',
        `${field}: not valid to encrypt to: ${nameOf(best)}: ${whyNotValid(best, moment)}; name a valid one`,
        { field },
      )
    }
    assertUsable(best, field)
    return best
  }
}

function certificatesOf(
  option: Identity | IdentityOptions | string,
): (context: StageContext) => Promise<readonly Certificate[]> {
  if (typeof option === 'object' && option !== null && 'pairs' in option) {
    return async () => option.pairs.map(({ certificate }) => certificate)
  }
  if (typeof option === 'object' && option !== null) {
    let loading: Promise<Identity> | undefined
    return async () => {
      // A failure is not kept: once the file is put right, the next mail finds it so.
      loading ??= loadIdentity(option).catch((thrown) => {
        loading = undefined
        throw thrown
      })
      return (await loading).pairs.map(({ certificate }) => certificate)
    }
  }
  if (typeof option !== 'string' || option === '') {
    throw invalidOption(field, `${field} must be a certificate's path or PEM; correct it, or leave it out`)
  }
  if (!isPem(option)) {
    const store = certificateStore(option, field)
    return async (context) => (await store(context, [])).certificates
  }
  return async () => {
    try {
      return readCertificates(option)
    } catch (thrown) {
      throw new IncidentMailerError('INVALID_CERTIFICATE', `${field}: ${messageOf(thrown)}`, {
        field,
        cause: thrown,
      })
    }
  }
}
