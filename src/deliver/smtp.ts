import type { Socket } from 'node:net'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { IncidentMailerError } from '../errors.js'
import { throwIfAborted } from '../pipeline.js'
import type { Parcel } from './carrier.js'
import { maskOf } from './secrets.js'
import { asNodemailerError, type Place, smtpError } from './smtp-error.js'
import type { SmtpSettings } from './smtp-options.js'
import { type Offered, parseOffered } from './smtp-reply.js'
import { tlsOptions } from './smtp-tls.js'
import { type Transaction, transact, type Wire } from './smtp-transaction.js'

/** A connection to a mail server that has greeted, and speaks TLS if it should. */
export interface SmtpSession {
  readonly offered: Offered
  readonly socket: Socket
  /** Whether another mail can travel over it. */
  usable(): boolean
  /** Logs in, where credentials are configured. */
  authenticate(signal: AbortSignal | undefined): Promise<void>
  /** Sends one mail, once. Throws only while the server was told nothing of it. */
  send(parcel: Parcel, signal: AbortSignal | undefined): Promise<Transaction>
  /** Says good-bye, and waits for the end. */
  end(): Promise<void>
  /** Ends it at once. */
  destroy(): void
}

/**
 * Connects, and agrees on TLS as the settings demand. A socket that is already connected can be given.
 *
 * @throws IncidentMailerError `CONNECTION_FAILED`, `TLS_FAILED`, `PROTOCOL_ERROR`, `TIMEOUT`, `ABORTED`
 */
export async function openSession(
  settings: SmtpSettings,
  signal: AbortSignal | undefined,
  socket?: Socket,
): Promise<SmtpSession> {
  const { host, port, tls, auth, connectionTimeout, greetingTimeout, socketTimeout } = settings
  const place: Place = { server: `${host}:${port}`, mask: maskOf(auth) }
  const connection = new SMTPConnection({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    tls: await tlsOptions(settings),
    ...(settings.name !== null && { name: settings.name }),
    connectionTimeout,
    greetingTimeout,
    socketTimeout,
    dnsTimeout: connectionTimeout,
    socketCloseTimeout: FAREWELL,
    connection: socket,
  })
  // Each call below listens for its own failure; one that comes between two calls is nobody's.
  connection.on('error', () => {})
  throwIfAborted(signal)
  try {
    await settled(connection, signal, (done) => connection.connect(done))
  } catch (thrown) {
    connection.close()
    throwIfAborted(signal)
    throw smtpError(asNodemailerError(thrown), place)
  }
  // The whole answer to EHLO, the one after STARTTLS where there was that (RFC 3207, section 4.2).
  const offered = parseOffered(connection.lastServerResponse || '')
  const wire: Wire = {
    place,
    offered,
    send: async (envelope, message, signal) => {
      const sending = settled<{ response: string }>(connection, signal, (done) =>
        connection.send(envelope, message, done),
      )
      return (await sending).response
    },
    allowSilence: (milliseconds) => socketOf(connection).setTimeout(milliseconds ?? socketTimeout),
    close: () => connection.close(),
  }
  return {
    offered,
    socket: socketOf(connection),
    usable: () => !connection.destroyed,
    authenticate: (signal) => authenticate(connection, settings, place, offered, signal),
    send: (parcel, signal) => transact(wire, parcel, signal),
    end: () => farewell(connection),
    destroy: () => connection.close(),
  }
}

async function authenticate(
  connection: SMTPConnection,
  { auth }: SmtpSettings,
  { server, mask }: Place,
  { mechanisms }: Offered,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (auth === null) return
  if (!mechanisms.some((mechanism) => MECHANISMS.includes(mechanism))) {
    const offers = mechanisms.length === 0 ? 'no authentication' : `only ${mechanisms.join(', ')}`
    throw new IncidentMailerError(
      'AUTHENTICATION_FAILED',
      mask(
        `${server} offers ${offers}, but transport.auth has a password; check the port and transport.tls, or leave auth out`,
      ),
    )
  }
  try {
    await settled(connection, signal, (done) =>
      connection.login({ user: auth.user, credentials: { ...auth } }, done),
    )
  } catch (thrown) {
    connection.close()
    throwIfAborted(signal)
    throw smtpError(asNodemailerError(thrown), { server, mask })
  }
}

/** Runs one of nodemailer's calls to its end, the connection's end, or the signal, whichever comes first. */
function settled<T>(
  connection: SMTPConnection,
  signal: AbortSignal | undefined,
  start: (done: (error?: Error | null, result?: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      connection.off('error', fail).off('end', ended)
      signal?.removeEventListener('abort', aborted)
      settle()
    }
    const fail = (error: Error) => finish(() => reject(error))
    const aborted = () => fail(new Error('aborted'))
    // The call's own error may follow at once, and says more.
    const ended = () =>
      setImmediate(() => fail(Object.assign(new Error('the connection ended'), { code: 'ECONNECTION' })))
    connection.once('error', fail).once('end', ended)
    signal?.addEventListener('abort', aborted, { once: true })
    start((error, result) => (error ? fail(error) : finish(() => resolve(result as T))))
  })
}

function farewell(connection: SMTPConnection): Promise<void> {
  return new Promise((resolve) => {
    if (connection.destroyed) return resolve()
    const timer = setTimeout(() => connection.close(), FAREWELL)
    connection.once('end', () => {
      clearTimeout(timer)
      resolve()
    })
    connection.quit()
  })
}

function socketOf(connection: SMTPConnection): Socket {
  if (!connection._socket) throw new IncidentMailerError('CONNECTION_FAILED', 'the connection is gone')
  return connection._socket
}

/** The SASL mechanisms that nodemailer can use with a password, best first. */
const MECHANISMS = ['PLAIN', 'LOGIN', 'CRAM-MD5']

/** How long to wait for a server that does not close its side, in milliseconds. */
const FAREWELL = 2_000
