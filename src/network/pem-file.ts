import { readFile } from 'node:fs/promises'
import { codeOf, IncidentMailerError, messageOf } from '../errors.js'

/**
 * Reads a PEM file of certificates, or of a private key that is not encrypted.
 *
 * @param field - the setting that names it
 * @throws IncidentMailerError `FILE_NOT_FOUND`, `FILE_UNREADABLE` or `INVALID_CERTIFICATE`
 */
export async function pemFile(
  path: string,
  field: string,
  holds: 'certificate' | 'key' = 'certificate',
): Promise<string> {
  let pem: string
  try {
    pem = await readFile(path, 'latin1')
  } catch (cause) {
    const missing = codeOf(cause) === 'ENOENT'
    const message = missing ? `there is no file ${path}` : `${path} cannot be read: ${messageOf(cause)}`
    throw new IncidentMailerError(missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE', `${field}: ${message}`, {
      ...{ field, cause },
    })
  }
  // Node takes a file without certificates for an empty list of authorities, and then trusts nobody.
  if (
    holds === 'key'
      ? /-----BEGIN (?:\w+ )?PRIVATE KEY-----/.test(pem)
      : pem.includes('-----BEGIN CERTIFICATE-----')
  )
    return pem
  throw new IncidentMailerError(
    'INVALID_CERTIFICATE',
    `${field}: ${path} holds no ${holds === 'key' ? 'unencrypted private key' : 'certificate'} in PEM`,
    { field },
  )
}
