import type { Socket } from 'node:net'
import { authority } from '../../network/authority.js'
import type { StageContext } from '../../pipeline.js'
import type { Parcel } from '../handover.js'
import { type Authentication, authenticate } from './auth.js'
import { connected } from './connect.js'
import { type Place, refusedBy, strangeReply } from './error.js'
import { askForTls, greeted, hello, nameOfMachine } from './hello.js'
import type { AuthMechanism } from './options.js'
import { type Offered, replyCode, wantsTls } from './reply.js'
import { exchange } from './sasl.js'
import { maskOfSettings, type SmtpSettings } from './settings.js'
import { startTls } from './start-tls.js'
import { tlsOptions } from './tls.js'
import { type Transaction, transact } from './transaction.js'
import { type Wire, wireOver } from './wire.js'

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
  const place: Place = {
    server: authority(settings),
    mask: maskOfSettings(settings),
    implicit: settings.tls === 'implicit',
  }
  const options = await tlsOptions(settings)
  const plain = socket ?? (await connected(settings, signal))
  const secured = (socket: Socket) => startTls(socket, settings, options, place, signal)
  const { wire, offered } = await introduced(plain, settings, place, secured, signal)
  const usable = () => wire.alive() && !wire.unread()
  const login = (mechanism: AuthMechanism, user: string, secret: string, signal: AbortSignal | undefined) =>
    wire.heeding(signal, () => loggedIn(wire, mechanism, { ...settings, user, secret }))
  return {
    offered,
    socket: wire.socket,
    // What came unasked would pass for the answer to the next mail.
    usable,
    async authenticate(signal) {
      try {
        return await authenticate(settings, { place, offered, alive: usable, login }, signal)
      } catch (error) {
        wire.close()
        throw error
      }
    },
    send: (parcel, context) => transact(wire, offered, parcel, context),
    end: () => farewell(wire),
    destroy: wire.close,
  }
}

/** From the connection to the last EHLO: what the server offered before TLS is not asked about (RFC 3207, section 4.2). */
async function introduced(
  plain: Socket,
  settings: SmtpSettings,
  place: Place,
  secured: (socket: Socket) => Promise<Socket>,
  signal: AbortSignal | undefined,
): Promise<{ wire: Wire; offered: Offered }> {
  const { tls, greetingTimeout, socketTimeout } = settings
  let wire = wireOver(place.implicit ? await secured(plain) : plain, place)
  const name = settings.name ?? nameOfMachine(wire.socket)
  const introduce = async () => {
    wire.allowSilence(socketTimeout, 'socketTimeout')
    return await wire.heeding(signal, () => hello(wire, name))
  }
  try {
    wire.allowSilence(greetingTimeout, 'greetingTimeout')
    await wire.heeding(signal, () => greeted(wire))
    const offered = await introduce()
    const wanted = tls === 'starttls' || (tls === 'opportunistic' && offered.extensions.includes('STARTTLS'))
    if (!wanted) return { wire, offered }
    await wire.heeding(signal, () => askForTls(wire, offered))
    wire = wireOver(await secured(wire.release()), place, 'client')
    return { wire, offered: await introduce() }
  } catch (error) {
    wire.close()
    throw error
  }
}

/** @throws IncidentMailerError `AUTHENTICATION_FAILED` or `PROTOCOL_ERROR` unless the server said yes to all of it */
async function loggedIn(
  wire: Wire,
  mechanism: AuthMechanism,
  credentials: Parameters<typeof exchange>[1],
): Promise<void> {
  const { reply, complete } = await exchange(mechanism, credentials, (line) => {
    wire.say(line)
    return wire.reply()
  })
  const code = replyCode(reply)
  if (code === 235 && complete) return
  if (code === null || code < 400) throw strangeReply(wire.place, reply)
  if (wantsTls(code, reply)) {
    const how = { says: 'lets nobody log in without TLS', advice: 'set transport.tls: starttls' }
    throw refusedBy(wire.place, reply, { code: 'AUTHENTICATION_FAILED', ...how })
  }
  const token = mechanism === 'XOAUTH2' || mechanism === 'OAUTHBEARER'
  const says = token ? 'refused the access token' : 'refused the user name and password'
  const settings = token ? 'transport.oauth, and the user in transport.auth' : 'transport.auth'
  const advice = code < 500 ? 'try again later' : `check ${settings}`
  throw refusedBy(wire.place, reply, { code: 'AUTHENTICATION_FAILED', says, advice })
}

async function farewell(wire: Wire): Promise<void> {
  const { socket } = wire
  if (!wire.alive()) return wire.close()
  const closed = new Promise<void>((resolve) => socket.once('close', resolve))
  const timer = setTimeout(wire.close, FAREWELL).unref()
  wire.say('QUIT')
  try {
    await wire.reply()
    socket.end()
    await closed
  } catch {
    // Whoever has closed already has heard enough.
    wire.close()
  } finally {
    clearTimeout(timer)
  }
}

/** How long to wait for a server that does not close its side, in milliseconds. */
const FAREWELL = 2_000
