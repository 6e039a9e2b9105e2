import { readFile } from 'node:fs/promises'
import type { ConnectionOptions } from 'node:tls'
import { IncidentMailerError, messageOf } from '../errors.js'
import type { SmtpSettings } from './smtp-settings.js'

/**
 * What Node is told about TLS. The authorities' file is read for each connection, so that a renewed one is
 * noticed.
 *
 * @throws IncidentMailerError `FILE_NOT_FOUND`, `FILE_UNREADABLE` or `INVALID_CERTIFICATE` for `caFile`
 */
export async function tlsOptions(settings: SmtpSettings): Promise<ConnectionOptions> {
  const { caFile, verify } = settings
  return {
    ...settings.tlsOptions,
    ...(caFile !== null && { ca: await authorities(caFile) }),
    // Said in so many words, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment changes nothing.
    rejectUnauthorized: verify,
  }
}

async function authorities(path: string): Promise<string> {
  const details = { field: 'transport.caFile' }
  let pem: string
  try {
    pem = await readFile(path, 'latin1')
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    const message = missing ? `there is no file ${path}` : `${path} cannot be read: ${messageOf(cause)}`
    throw new IncidentMailerError(
      missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      `transport.caFile: ${message}`,
      { ...details, cause },
    )
  }
  // Node takes a file without certificates for an empty list of authorities, and then trusts nobody.
  if (!pem.includes('-----BEGIN CERTIFICATE-----'))
    throw new IncidentMailerError(
      'INVALID_CERTIFICATE',
      `transport.caFile: ${path} holds no certificate in PEM`,
      details,
    )
  return pem
}
