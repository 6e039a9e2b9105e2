import type { ConnectionOptions } from 'node:tls'
import { pemFile } from '../../network/pem-file.js'
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
    ...(caFile !== null && { ca: await pemFile(caFile, 'transport.caFile') }),
    ...(certificateFile !== null && { cert: await pemFile(certificateFile, 'transport.certificateFile') }),
    ...(keyFile !== null && { key: await pemFile(keyFile, 'transport.keyFile', 'key') }),
    ...(minTlsVersion !== null && { minVersion: minTlsVersion }),
    // Said in so many words, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment changes nothing.
    rejectUnauthorized: verify,
  }
}
