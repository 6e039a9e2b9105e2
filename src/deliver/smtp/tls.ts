import { readFile } from 'node:fs/promises'
import type { ConnectionOptions } from 'node:tls'
import { IncidentMailerError, messageOf } from '../../errors.js'
import type { SmtpSettings } from './settings.js'

/**
 * What Node is told about TLS. Files are read for each connection, so that a renewed one is noticed.
 *
 * @throws IncidentMailerError `FILE_NOT_FOUND`, `FILE_UNREADABLE` or `INVALID_CERTIFICATE` for the files
 */
export async function tlsOptions(settings: SmtpSettings): Promise<ConnectionOptions> {
  const { caFile, certificateFile, keyFile, minTlsVersion, verify } = settings
  return {
    ...settings.tlsOptions,
    ...(caFile !== null && { ca: await pemFile(caFile, 'caFile') }),
    ...(certificateFile !== null && { cert: await pemFile(certificateFile, 'certificateFile') }),
    ...(keyFile !== null && { key: await pemFile(keyFile, 'keyFile') }),
    ...(minTlsVersion !== null && { minVersion: minTlsVersion }),
    // Said in so many words, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment changes nothing.
    rejectUnauthorized: verify,
  }
}

async function pemFile(path: string, key: 'caFile' | 'certificateFile' | 'keyFile'): Promise<string> {
  const details = { field: `transport.${key}` }
  let pem: string
  try {
    pem = await readFile(path, 'latin1')
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    const message = missing ? `there is no file ${path}` : `${path} cannot be read: ${messageOf(cause)}`
    throw new IncidentMailerError(
      missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      `transport.${key}: ${message}`,
      { ...details, cause },
    )
  }
  // Node takes a file without certificates for an empty list of authorities, and then trusts nobody.
  if (
    key === 'keyFile'
      ? /-----BEGIN (?:\w+ )?PRIVATE KEY-----/.test(pem)
      : pem.includes('-----BEGIN CERTIFICATE-----')
  )
    return pem
  throw new IncidentMailerError(
    'INVALID_CERTIFICATE',
    `transport.${key}: ${path} holds no ${key === 'keyFile' ? 'unencrypted private key' : 'certificate'} in PEM`,
    details,
  )
}
