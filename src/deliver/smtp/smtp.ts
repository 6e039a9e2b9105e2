import type { Socket } from 'node:net'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import { IncidentMailerError } from '../../errors.js'
import { type StageContext, throwIfAborted } from '../../pipeline.js'
import { stopped, type Wait } from '../../until-aborted.js'
import type { Parcel } from '../handover.js'
import { type Authentication, authenticate, methodOf, OWN, tokenExchange } from './auth.js'
import { connected } from './connect.js'
import { asNodemailerError, type NodemailerError, type Place, smtpError } from './error.js'
import { type SmtpProgress, smtpProgress } from './progress.js'
import { type Offered, parseOffered } from './reply.js'
import { maskOfSettings, type SmtpSettings } from './settings.js'
import { tlsOptions } from './tls.js'
import { type Transaction, transact, type Wire } from './transaction.js'

/** A connection to a mail server that has greeted, and speaks TLS if it should. */
export interface SmtpSession {
  readonly offered: Offered
  readonly socket: Socket
  /** Whether another mail can travel over it. */
  usable(): boolean
  /** Logs in, where credentials are configured. */
  authenticate(signal: AbortSignal | undefined): Promise<Authentication>
  /** Sends one mail, once. Throws only while the server was told nothing of it. */
  send(parcel: Parcel, context: StageContext): Promise<Transaction>
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
  const { host, port, tls, connectionTimeout, greetingTimeout, socketTimeout } = settings
  const place: Place = {
    server: `${host}:${port}`,
    mask: maskOfSettings(settings),
    implicit: tls === 'implicit',
  }
  const options = await tlsOptions(settings)
  const given = socket ?? (settings.proxy ? await connected(settings, signal) : undefined)
  const progress = smtpProgress(settings, (response) => {
    const error = new Error('Different codes in one reply')
    connection.emit('error', Object.assign(error, { code: 'EPROTOCOL', response }))
    connection.close()
  })
  const exchange = tokenExchange(host, port)
  const { default: Connection } = await import('nodemailer/lib/smtp-connection')
  const connection: SMTPConnection = new Connection({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    tls: options,
    ...(settings.name !== null && { name: settings.name }),
    connectionTimeout,
    greetingTimeout,
    socketTimeout,
    dnsTimeout: connectionTimeout,
    socketCloseTimeout: FAREWELL,
    connection: given,
    ...(settings.localAddress !== null && { localAddress: settings.localAddress }),
    customAuth: { [`${OWN}XOAUTH2`]: exchange, [`${OWN}OAUTHBEARER`]: exchange },
    logger: progress.logger,
    transactionLog: true,
  })
  // Each call below listens for its own failure; one that comes between two calls is nobody's.
  connection.on('error', () => {})
  const call: Call = (signal, start) => settled(connection, settings, progress, signal, start)
  const failure = (thrown: unknown) =>
    thrown instanceof IncidentMailerError ? thrown : smtpError(asNodemailerError(thrown), place)
  throwIfAborted(signal)
  try {
    await call(signal, (done) => connection.connect(done))
  } catch (thrown) {
    const error = failure(thrown)
    connection.close()
    throw error
  }
  progress.listen(socketOf(connection))
  // The whole answer to EHLO, the one after STARTTLS where there was that (RFC 3207, section 4.2).
  const offered = parseOffered(connection.lastServerResponse || '')
  const wire: Wire = {
    place,
    offered,
    send: async (envelope, message, signal) => {
      const sending = call<{ response: string }>(signal, (done) => connection.send(envelope, message, done))
      return (await sending).response
    },
    failure,
    unread: () => progress.unread(),
    allowSilence: (milliseconds) => socketOf(connection).setTimeout(milliseconds ?? socketTimeout),
    close: () => connection.close(),
  }
  return {
    offered,
    socket: socketOf(connection),
    // What came unasked would pass for the answer to the next mail.
    usable: () => !connection.destroyed && !progress.unread(),
    async authenticate(signal) {
      const login = async (
        mechanism: string,
        user: string,
        pass: string,
        signal: AbortSignal | undefined,
      ): Promise<void> => {
        const credentials = { user, pass }
        try {
          await call(signal, (done) =>
            connection.login({ user, method: methodOf(mechanism), credentials }, done),
          )
        } catch (thrown) {
          throw failure(thrown)
        }
      }
      const alive = () => !connection.destroyed && !progress.unread()
      try {
        return await authenticate(settings, { place, offered, alive, login }, signal)
      } catch (error) {
        connection.close()
        throw error
      }
    },
    send: (parcel, context) => transact(wire, parcel, context),
    end: () => farewell(connection),
    destroy: () => connection.close(),
  }
}

/** Where one of nodemailer's waits was too long, an error that names what was awaited; else null. */
function timeoutOf(
  error: NodemailerError,
  settings: SmtpSettings,
  { awaited, advice }: Wait,
): IncidentMailerError | null {
  const limits = TIME_LIMITS[error.timeoutType ?? '']
  if (error.code !== 'ETIMEDOUT' || limits === undefined) return null
  // What is left of the time to connect bounds the waits that follow.
  const milliseconds = Math.min(...limits.map((key) => settings[key]))
  const todo = advice ?? `try again later, or set a larger transport.${limits[0]}`
  const code = error.timeoutType === 'UPGRADE_TIMEOUT' ? 'TLS_FAILED' : 'CONNECTION_FAILED'
  return new IncidentMailerError(code, `no ${awaited} within ${milliseconds} ms; ${todo}`, {
    temporary: true,
    cause: error,
  })
}

type Call = <T>(
  signal: AbortSignal | undefined,
  start: (done: (error?: Error | null, result?: T) => void) => void,
) => Promise<T>

/** Runs one of nodemailer's calls to its end, the connection's end, or the signal, whichever comes first. */
function settled<T>(
  connection: SMTPConnection,
  settings: SmtpSettings,
  progress: SmtpProgress,
  signal: AbortSignal | undefined,
  start: (done: (error?: Error | null, result?: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      connection.off('error', fail).off('end', ended)
      signal?.removeEventListener('abort', aborted)
      settle()
    }
    const fail = (error: Error) => {
      // Now, as nodemailer forgets what it waited for once it has told of the error.
      const late = timeoutOf(error, settings, progress.waitOf(connection))
      finish(() => reject(late ?? error))
    }
    const aborted = () => signal && fail(stopped(signal, progress.waitOf(connection)))
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

/** The settings that bound each of nodemailer's waits, the most likely first. */
const TIME_LIMITS: Readonly<
  Record<string, readonly ('connectionTimeout' | 'greetingTimeout' | 'socketTimeout')[]>
> = {
  CONNECT_TIMEOUT: ['connectionTimeout'],
  GREETING_TIMEOUT: ['greetingTimeout', 'connectionTimeout'],
  UPGRADE_TIMEOUT: ['greetingTimeout', 'connectionTimeout'],
  SOCKET_TIMEOUT: ['socketTimeout'],
}

/** How long to wait for a server that does not close its side, in milliseconds. */
const FAREWELL = 2_000
