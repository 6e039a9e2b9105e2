import type { KeyObject } from 'node:crypto'
import { IncidentMailerError } from '../../errors.js'
import { isWeakRsa, nameOf } from '../certificates/certificate-checks.js'
import type { KeyPair } from './identity.js'

/**
 * Refuses a key that loads but that no mail should be signed with.
 *
 * @throws IncidentMailerError `IDENTITY_UNSUITABLE`, saying why
 */
export function assertSigns({ key, certificate }: KeyPair): void {
  const reason = whyUnsuitable(key)
  if (reason === null) return
  throw new IncidentMailerError(
    'IDENTITY_UNSUITABLE',
    `smime.identity: ${nameOf(certificate)} cannot sign mail: ${reason}`,
    { field: 'smime.identity' },
  )
}

/** Why mail is not signed with such a key, or null where it is. */
export function whyUnsuitable(key: KeyObject): string | null {
  const kind = key.asymmetricKeyType ?? 'unknown'
  switch (kind) {
    case 'rsa':
      return isWeakRsa(key)
        ? 'its RSA key is too weak, and anybody could sign with it; get one of 2,048 bits or more'
        : null
    case 'ed25519':
    case 'ed448':
      return `its key is of kind ${kind.toUpperCase()}, which OpenSSL 3.0, NSS (Thunderbird) and GnuPG cannot verify in a mail; get a certificate for an RSA key`
    case 'x25519':
    case 'x448':
      return `its key is of kind ${kind.toUpperCase()}, which is for decryption alone; add the key that signs`
    default:
      return `its key is of kind ${kind.toUpperCase()}, and signing needs RSA (PKCS#1); get a certificate for an RSA key`
  }
}
