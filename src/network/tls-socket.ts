import { isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { asError } from '../errors.js'
import { throwIfAborted } from '../pipeline.js'
import { stopped } from '../until-aborted.js'

/** A handshake: with whom, and what is said where it fails. */
export interface Handshake {
  /** The name that the certificate has to be for. */
  readonly host: string
  /** What is waited for, in words that follow "no": `TLS handshake with mail.example.com:465`. */
  readonly awaited: string
  /** How long it may take, in milliseconds. */
  readonly patience: number
  /** The error of one that failed, or was broken off. */
  failed(error: Error): Error
  /** The error of one that took too long. */
  late(): Error
}

/**
 * Agrees on TLS over a connected socket, and verifies whom it leads to. Where that fails, the socket is destroyed.
 *
 * @throws the handshake's own errors; IncidentMailerError `TIMEOUT` or `ABORTED` where the signal fired first
 */
export function tlsSocket(
  plain: Socket,
  options: ConnectionOptions,
  { host, awaited, patience, failed, late }: Handshake,
  signal: AbortSignal | undefined,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    throwIfAborted(signal)
    const since = performance.now()
    const finish = (settle: () => void) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      settle()
    }
    const fail = (error: Error) => {
      finish(() => reject(error))
      plain.on('error', () => {}).destroy()
    }
    const stop = () => signal && fail(stopped(signal, { awaited, since }))
    const broken = (error: Error) => fail(failed(error))
    const closed = () => broken(new Error('the connection was closed'))
    const timer = setTimeout(() => fail(late()), patience)
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
      broken(asError(thrown))
    }
  })
}
