import type { KeyObject } from 'node:crypto'
import { IncidentMailerError } from '../../errors.js'
import { isWeakRsa, nameOf, whyNotValid } from '../certificates/certificate-checks.js'
import { isValidAt } from '../certificates/certificate-path.js'
import type { KeyPair } from './identity.js'

/**
 * Refuses a key that loads but that no mail should be signed with.
 *
 * @param field - where it stands in the options
 * @throws IncidentMailerError `IDENTITY_UNSUITABLE`, saying why
 */
export function assertSigns({ key, certificate }: KeyPair, field: string): void {
  const reason = whyUnsuitable(key)
  if (reason === null) return
  throw new IncidentMailerError(
    'IDENTITY_UNSUITABLE',
    `${field}: ${nameOf(certificate)} cannot sign mail: ${reason}`,
    { field },
  )
}

/**
 * Refuses a certificate that is not valid at a moment.
 *
 * @throws IncidentMailerError `IDENTITY_EXPIRED`
 */
export function assertValidAt({ certificate }: KeyPair, field: string, moment: Date): void {
  if (isValidAt(certificate, moment)) return
  throw new IncidentMailerError(
    'IDENTITY_EXPIRED',
    `${field}: the certificate of ${nameOf(certificate)} cannot sign: ${whyNotValid(certificate, moment)}; configure a valid one`,
    { field },
  )
}

/** Why mail is not signed with such a key, or null where it is. */
export function whyUnsuitable(key: KeyObject): string | null {
  const kind = key.asymmetricKeyType ?? 'unknown'
  switch (kind) {
    case 'rsa':
    case 'rsa-pss':
      return isWeakRsa(key)
        ? 'its RSA key is too weak, and anybody could sign with it; get one of 2,048 bits or more'
        : null
    case 'ec':
      return curves.includes(key.asymmetricKeyDetails?.namedCurve ?? '')
        ? null
        : `its key is on the curve ${key.asymmetricKeyDetails?.namedCurve}, and mail is signed on P-256, P-384 or P-521; get a certificate for a key on one of these`
    case 'ed25519':
    case 'ed448':
      return `its key is of kind ${kind.toUpperCase()}, which OpenSSL 3.0, NSS (Thunderbird) and GnuPG cannot verify in a mail; get a certificate for an RSA or EC key`
    case 'x25519':
    case 'x448':
      return `its key is of kind ${kind.toUpperCase()}, which is for decryption alone; add the key that signs`
    default:
      return `its key is of kind ${kind.toUpperCase()}, and mail is signed with RSA or EC keys; get a certificate for one of these`
  }
}

/** P-256, P-384 and P-521 by OpenSSL's names (RFC 8551, section 2.2). */
const curves: readonly string[] = ['prime256v1', 'secp384r1', 'secp521r1']
