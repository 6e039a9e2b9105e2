import type { Socket } from 'node:net'
import { authority } from '../../network/authority.js'
import { openSocket } from '../../network/open-socket.js'
import { maskOf } from '../../secrets.js'
import { connectionError } from './error.js'
import type { SmtpSettings } from './settings.js'

/**
 * A socket to the mail server, through the proxy where there is one.
 *
 * @throws IncidentMailerError `CONNECTION_FAILED`; `AUTHENTICATION_FAILED` and `PROTOCOL_ERROR` of a proxy; `TIMEOUT`,
 * `ABORTED`
 */
export function connected(settings: SmtpSettings, signal: AbortSignal | undefined): Promise<Socket> {
  const advice = 'check transport.host and transport.port, and the firewalls on the way'
  return openSocket(settings, signal, { advice, error: (thrown) => unreachable(settings, thrown) })
}

/** Why a server cannot be reached. Nothing was said to it yet that would have to be hidden. */
export function unreachable(settings: SmtpSettings, error: Error) {
  return connectionError(error, { server: authority(settings), mask: maskOf(null) })
}
