import { isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { IncidentMailerError } from '../../errors.js'
import { throwIfAborted } from '../../pipeline.js'
import { stopped } from '../../until-aborted.js'
import { handshakeError, type Place } from './error.js'
import type { SmtpSettings } from './settings.js'

/**
 * Agrees on TLS over a connected socket, and verifies whom it leads to.
 *
 * @throws IncidentMailerError `TLS_FAILED`; `TIMEOUT` or `ABORTED` where the signal fired first
 */
export function startTls(
  plain: Socket,
  { host, connectionTimeout }: SmtpSettings,
  options: ConnectionOptions,
  place: Place,
  signal: AbortSignal | undefined,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    throwIfAborted(signal)
    const wait = { awaited: `TLS handshake with ${place.server}`, since: performance.now() }
    const finish = (settle: () => void) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      settle()
    }
    const fail = (error: Error) => {
      finish(() => reject(error))
      plain.on('error', () => {}).destroy()
    }
    const stop = () => signal && fail(stopped(signal, wait))
    const broken = (error: Error) => fail(handshakeError(error, place))
    const closed = () => broken(new Error('the connection was closed'))
    const late = () => {
      const message = `no ${wait.awaited} within ${connectionTimeout} ms; try again later, or set a larger transport.connectionTimeout`
      fail(new IncidentMailerError('TLS_FAILED', message, { temporary: true }))
    }
    const timer = setTimeout(late, connectionTimeout)
    signal?.addEventListener('abort', stop, { once: true })
    // Over a socket that is closed already, Node waits for ever.
    if (plain.destroyed) return closed()
    try {
      // RFC 6066, section 3: the name goes along in the handshake, an address does not.
      const named = isIP(host) === 0 && { servername: host }
      const socket = connect({ socket: plain, host, ...named, ...options })
      // A second error has nobody left to tell.
      socket.on('error', () => {})
      socket.once('error', broken).once('close', closed)
      socket.once('secureConnect', () => {
        socket.off('error', broken).off('close', closed)
        finish(() => resolve(socket))
      })
    } catch (thrown) {
      broken(thrown instanceof Error ? thrown : new Error(String(thrown)))
    }
  })
}
