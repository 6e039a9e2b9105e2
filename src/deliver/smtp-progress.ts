import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { SmtpSettings } from './smtp-settings.js'
import type { Wait } from './until-aborted.js'

/** Follows a connection, so as to say what it waits for when it has to be given up. */
export interface SmtpProgress {
  /** Listens to nodemailer's account of the commands and replies. */
  readonly logger: { debug(entry: { tnx?: string }, line: string): void }
  /** What the connection waits for now. */
  waitOf(connection: SMTPConnection): Wait
}

/** Makes the follower of one new connection. */
export function smtpProgress({ host, port, tls }: SmtpSettings): SmtpProgress {
  const server = `${host}:${port}`
  /** The commands that have no reply yet: with PIPELINING several (RFC 2920). */
  const unanswered: string[] = []
  let greeted = false
  let since = performance.now()

  const debug = ({ tnx }: { tnx?: string }, line: string): void => {
    if (tnx === 'client') unanswered.push(VERB.exec(line)?.[0] ?? 'AUTH')
    else if (tnx === 'server') {
      unanswered.shift()
      greeted = true
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
  return { logger: { debug }, waitOf }
}

/** What else a client sends are the lines of an authentication (RFC 4954, section 4). */
const VERB = /^(?:EHLO|HELO|STARTTLS|AUTH|MAIL|RCPT|DATA|QUIT)(?= |$)/

/** What helps where a server does not even say no. */
export const PERHAPS_BLOCKED = 'check transport.host and transport.port, and the firewalls on the way'

const PERHAPS_TLS = 'the port may expect TLS from the first octet (transport.tls: implicit)'
