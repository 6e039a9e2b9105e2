import type { Socket } from 'node:net'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { Wait } from '../../until-aborted.js'
import { hasMixedCodes } from './reply.js'
import type { SmtpSettings } from './settings.js'

/** Follows a connection: what it waits for, and whether the server answers in good order. */
export interface SmtpProgress {
  /** Listens to nodemailer's account of the commands and replies. */
  readonly logger: { debug(entry: { tnx?: string }, line: string): void }
  /** What the connection waits for now. */
  waitOf(connection: SMTPConnection): Wait
  /** Hears from now on what comes over the socket. */
  listen(socket: Socket): void
  /** Whether anything came that was not taken for an answer yet. */
  unread(): boolean
}

/**
 * Makes the follower of one new connection.
 *
 * @param onMixed - hears of a reply with different codes, before nodemailer acts on it
 */
export function smtpProgress(
  { host, port, tls }: SmtpSettings,
  onMixed: (reply: string) => void,
): SmtpProgress {
  const server = `${host}:${port}`
  /** The commands that have no reply yet: with PIPELINING several (RFC 2920). */
  const unanswered: string[] = []
  let greeted = false
  let since = performance.now()
  /** Lines that came and were not read; those before `listen` are not counted. */
  let lines = 0
  let listening = false
  /** Whether a line has begun. */
  let begun = false

  const debug = ({ tnx }: { tnx?: string }, line: string): void => {
    if (tnx === 'client') unanswered.push(VERB.exec(line)?.[0] ?? 'AUTH')
    else if (tnx === 'server') {
      unanswered.shift()
      greeted = true
      if (listening) lines -= line.split('\n').filter(isVisible).length
      if (hasMixedCodes(line)) onMixed(line)
    } else return
    since = performance.now()
  }
  const waitOf = ({ stage, upgrading, _socket: socket }: SMTPConnection): Wait => {
    if (stage === 'init' && !socket) return { awaited: `address of ${host}`, since }
    if (stage === 'init' && socket && socket.connecting)
      return { awaited: `connection to ${server}`, since, advice: PERHAPS_BLOCKED }
    if (upgrading || stage === 'init') return { awaited: `TLS handshake with ${server}`, since }
    if (!greeted)
      return { awaited: `greeting from ${server}`, since, ...(tls !== 'implicit' && { advice: PERHAPS_TLS }) }
    const [verb] = unanswered
    const awaited = verb ? `answer to ${verb} from ${server}` : `reception of the whole mail by ${server}`
    return { awaited, since }
  }
  const hear = (chunk: Buffer): void => {
    const [rest = '', ...others] = chunk.toString('latin1').split('\n').reverse()
    for (const line of others.reverse()) {
      // nodemailer passes over blank lines.
      if (begun || isVisible(line)) lines++
      begun = false
    }
    begun ||= isVisible(rest)
  }
  const listen = (socket: Socket): void => {
    listening = true
    // First, as nodemailer reads a reply as soon as it hears of it.
    socket.prependListener('data', hear)
  }
  return { logger: { debug }, waitOf, listen, unread: () => begun || lines > 0 }
}

function isVisible(line: string): boolean {
  return /\S/.test(line)
}

/** What else a client sends are the lines of an authentication (RFC 4954, section 4). */
const VERB = /^(?:EHLO|HELO|STARTTLS|AUTH|MAIL|RCPT|DATA|QUIT)(?= |$)/

/** What helps where a server does not even say no. */
export const PERHAPS_BLOCKED = 'check transport.host and transport.port, and the firewalls on the way'

const PERHAPS_TLS = 'the port may expect TLS from the first octet (transport.tls: implicit)'
