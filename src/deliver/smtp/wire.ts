import type { Socket } from 'node:net'
import { IncidentMailerError } from '../../errors.js'
import { throwIfAborted } from '../../pipeline.js'
import { stopped } from '../../until-aborted.js'
import { connectionError, type Place, protocolError } from './error.js'
import { replyReader } from './reply-reader.js'

/** A connection to a mail server: commands go out, and replies come back in their order (RFC 5321, section 4.2). */
export interface Wire {
  readonly place: Place
  readonly socket: Socket
  /** Says commands, several of them in one go (RFC 2920). Each gets a reply. */
  say(...commands: readonly string[]): void
  /**
   * The next reply, all its lines.
   *
   * @param patience - how long the server may be silent before it, in milliseconds. Default: as `allowSilence` says
   * @throws IncidentMailerError what ended the connection before it was whole
   */
  reply(patience?: number): Promise<string>
  /**
   * Sends octets of a message. Fulfilled when there is room for more, or when the server has something to say.
   *
   * @throws IncidentMailerError what ended the connection: at once where none of them was sent
   */
  write(octets: Buffer): Promise<void>
  /** Whether the server has said anything that was not asked for yet. */
  unread(): boolean
  /** The first reply that nobody asked for yet, or null where none is whole. */
  early(): string | null
  /** How long the server may be silent from now on, in milliseconds, and the setting that says so. */
  allowSilence(milliseconds: number, setting: SilenceSetting): void
  /** Does work that the signal ends, as it ends the connection. */
  heeding<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T>
  /** Whether the connection is still there. */
  alive(): boolean
  /** Gives the socket away. What the server said and nobody read is forgotten (RFC 3207, section 4.2). */
  release(): Socket
  /** Ends the connection at once. */
  close(): void
}

/** The setting that bounds a silence. */
export type SilenceSetting = 'greetingTimeout' | 'socketTimeout'

/**
 * Takes a connected socket into service.
 *
 * @param first - who speaks first: the server, which greets, or the client, as after STARTTLS (RFC 3207, section 4.2)
 */
export function wireOver(socket: Socket, place: Place, first: 'server' | 'client' = 'server'): Wire {
  /** The verbs of the commands that have no reply yet; the greeting answers to the connection itself. */
  const unanswered: string[] = first === 'server' ? [GREETING] : []
  const replies = replyReader()
  let broken: IncidentMailerError | null = null
  let since = performance.now()
  let limit: { readonly milliseconds: number; readonly setting: SilenceSetting } | null = null
  let wake = () => {}

  const wait = () => {
    const [verb] = unanswered
    if (verb === GREETING) {
      const awaited = `greeting from ${place.server}`
      return { awaited, since, ...(!place.implicit && { advice: PERHAPS_TLS }) }
    }
    const awaited = verb
      ? `answer to ${verb} from ${place.server}`
      : `reception of the whole mail by ${place.server}`
    return { awaited, since }
  }
  const fail = (error: IncidentMailerError) => {
    broken ??= error
    wake()
  }
  const hear = (chunk: Buffer) => {
    if (replies.take(chunk)) {
      if (replies.first() !== null) wake()
      return
    }
    fail(protocolError(place, 'says more than it was asked for'))
    // Also where nobody waits, as on an idle connection: what comes after is not even read.
    socket.destroy()
  }
  const silent = () => {
    if (limit === null) return
    const { awaited, advice = `try again later, or set a larger transport.${limit.setting}` } = wait()
    const message = `no ${awaited} within ${socket.timeout} ms; ${advice}`
    fail(new IncidentMailerError('CONNECTION_FAILED', message, { temporary: true }))
  }
  const failed = (error: Error) => fail(connectionError(error, place))
  const closed = () => failed(Object.assign(new Error('the connection ended'), { code: 'ECONNECTION' }))
  const listeners = { data: hear, timeout: silent, error: failed, end: closed, close: closed }
  for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener)
  // Each write is a whole thought: none waits for the acknowledgement of the one before.
  socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE).resume()
  if (socket.destroyed) closed()

  /** Until the server says something, or the connection breaks. Silence counts only while someone listens. */
  const news = (patience = limit?.milliseconds ?? 0) =>
    new Promise<void>((resolve) => {
      socket.setTimeout(patience)
      wake = () => {
        socket.setTimeout(0)
        wake = () => {}
        resolve()
      }
    })
  const room = async () => {
    const drained = () => wake()
    socket.once('drain', drained)
    await news()
    socket.off('drain', drained)
    if (broken) throw broken
  }
  const wire: Wire = {
    place,
    socket,
    say(...commands) {
      // Whoever makes a command checks what goes into it; this is the last look.
      if (commands.some((command) => /[\r\n]/.test(command))) throw new TypeError('a command is one line')
      for (const command of commands) unanswered.push(VERB.exec(command)?.[0] ?? 'AUTH')
      since = performance.now()
      if (broken === null) socket.write(`${commands.join('\r\n')}\r\n`)
    },
    async reply(patience) {
      for (;;) {
        const reply = replies.first()
        if (reply !== null) {
          replies.next()
          unanswered.shift()
          since = performance.now()
          return reply
        }
        // What came before the end was read first.
        if (broken) throw broken
        await news(patience)
      }
    },
    write(octets) {
      if (broken) throw broken
      return socket.write(octets) ? Promise.resolve() : room()
    },
    unread: replies.any,
    early: replies.first,
    allowSilence(milliseconds, setting) {
      limit = { milliseconds, setting }
    },
    async heeding(signal, work) {
      throwIfAborted(signal)
      if (!signal) return await work()
      const stop = () => fail(stopped(signal, wait()))
      signal.addEventListener('abort', stop, { once: true })
      try {
        return await work()
      } finally {
        signal.removeEventListener('abort', stop)
      }
    },
    alive: () => broken === null && !socket.destroyed,
    release() {
      for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener)
      return socket
    },
    close() {
      failed(new Error('closed from here'))
      socket.destroy()
    },
  }
  return wire
}

const GREETING = ''

/** What else a client says are the lines of an authentication (RFC 4954, section 4). */
const VERB = /^(?:EHLO|HELO|STARTTLS|MAIL|RCPT|DATA|QUIT)(?= |$)/

/** Milliseconds of silence after which the system asks whether the other side is there. */
const KEEP_ALIVE = 30_000

const PERHAPS_TLS = 'the port may expect TLS from the first octet (transport.tls: implicit)'
