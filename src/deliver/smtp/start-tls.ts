import type { Socket } from 'node:net'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { IncidentMailerError } from '../../errors.js'
import { tlsSocket } from '../../network/tls-socket.js'
import { handshakeError, type Place } from './error.js'
import type { SmtpSettings } from './settings.js'

/**
 * Agrees on TLS with a mail server.
 *
 * @throws IncidentMailerError `TLS_FAILED`; `TIMEOUT` or `ABORTED` where the signal fired first
 */
export function startTls(
  plain: Socket,
  { host, connectionTimeout: patience }: SmtpSettings,
  options: ConnectionOptions,
  place: Place,
  signal: AbortSignal | undefined,
): Promise<TLSSocket> {
  const awaited = `TLS handshake with ${place.server}`
  const failed = (error: Error) => handshakeError(error, place)
  const late = () => {
    const message = `no ${awaited} within ${patience} ms; try again later, or set a larger transport.connectionTimeout`
    return new IncidentMailerError('TLS_FAILED', message, { temporary: true })
  }
  return tlsSocket(plain, options, { host, awaited, patience, failed, late }, signal)
}
