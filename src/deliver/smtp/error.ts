import { IncidentMailerError } from '../../errors.js'
import type { RejectedRecipient } from '../../mail.js'
import { printable } from '../../printable.js'
import type { Mask } from '../../secrets.js'
import { parseReply, replyLine } from './reply.js'
import { type Diagnosis, TLS_TROUBLE, tlsDiagnosis } from './tls-error.js'

/** What is known about the server when something goes wrong there. */
export interface Place {
  /** `mail.example.com:587`, or what else names the other side. */
  readonly server: string
  /** Hides what must not be repeated. */
  readonly mask: Mask
  /** Whether TLS is spoken from the first octet. Default false. */
  readonly implicit?: boolean
}

/** An error as nodemailer makes them, and those who build on it. */
export interface NodemailerError extends Error {
  /** Its own code, such as `ESOCKET`; a system's code where it made none. */
  readonly code?: string
  /** The system's code, where `code` is nodemailer's. */
  readonly originalCode?: string
  /** The command that failed: `MAIL FROM`, `RCPT TO`, `DATA`, `STARTTLS`; `CONN` for the connection. */
  readonly command?: string
  /** The server's reply. */
  readonly response?: string
  /** The recipient whom the reply is about. */
  readonly recipient?: string
  /** Which wait an `ETIMEDOUT` ended. */
  readonly timeoutType?: string
  /** A refusal for each recipient, where every one was refused. */
  readonly rejectedErrors?: readonly NodemailerError[]
}

/** Whatever was thrown, as an error in which to look for nodemailer's fields. */
export function asNodemailerError(thrown: unknown): NodemailerError {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

/** nodemailer's error as one of ours: which code, whether it may pass, and what to do about it. */
export function smtpError(error: NodemailerError, place: Place): IncidentMailerError {
  const { code, says, advice, temporary } = diagnosis(error, place)
  const reply = error.response ? `: ${replyLine(error.response, place.mask)}` : ''
  const message = `${place.server} ${says}${reply}${advice ? `; ${advice}` : ''}`
  return new IncidentMailerError(code, message, { temporary, cause: scrubbed(error, place.mask) })
}

/** Whether the server gave an answer that refuses the mail or someone in it, and the connection lives on. */
export function isRefusal(error: NodemailerError): boolean {
  if (error.code !== 'EENVELOPE' && error.code !== 'EMESSAGE') return false
  // A mail larger than the server announced is refused on its behalf, without a reply.
  if (error.response === undefined) return error.code === 'EMESSAGE' && error.command === 'MAIL FROM'
  const { code } = parseReply(error.response)
  return code !== null && code >= 400
}

/** A recipient's refusal, by the reply that the server gave to RCPT, or to the whole mail. */
export function rejection(address: string, error: NodemailerError, mask: Mask): RejectedRecipient {
  if (error.response === undefined) return tooLarge(address, printable(error.message))
  const { code, enhancedCode, text } = parseReply(error.response, mask)
  // RFC 5321, section 4.2.1: 4yz may pass, 5yz will not.
  return { address, code, enhancedCode, temporary: code === null || code < 500, message: text }
}

/** The refusal, on the server's behalf, of a mail that is larger than it takes. */
export function oversized(address: string, size: number, limit: number, server: string): RejectedRecipient {
  return tooLarge(
    address,
    `the mail has ${octets(size)} octets, and ${server} takes ${octets(limit)} at most`,
  )
}

/** RFC 1870, section 6.1; RFC 3463, section 3.4. */
function tooLarge(address: string, message: string): RejectedRecipient {
  return { address, code: 552, enhancedCode: '5.3.4', temporary: false, message }
}

function octets(count: number): string {
  return count.toLocaleString('en-US')
}

function diagnosis(error: NodemailerError, { implicit = false }: Place): Diagnosis {
  const reply = error.response === undefined ? null : parseReply(error.response).code
  const temporary = reply !== null && reply < 500
  const original = error.originalCode ?? error.code ?? ''
  if (error.code === 'EAUTH') {
    const token = /^AUTH OWN-(?:XOAUTH2|OAUTHBEARER)$/.test(error.command ?? '')
    const says = token ? 'refused the access token' : 'refused the user name and password'
    const settings = token ? 'transport.oauth, and the user in transport.auth' : 'transport.auth'
    const advice = temporary ? 'try again later' : `check ${settings}`
    return { code: 'AUTHENTICATION_FAILED', says, advice, temporary }
  }
  if (error.command === 'STARTTLS' && reply !== null) {
    const advice = "someone on the way may have removed it; a server without TLS needs transport.tls: 'none'"
    return { code: 'TLS_FAILED', says: 'does not start TLS', advice, temporary }
  }
  const network = error.code === 'ESOCKET' || error.code === 'ECONNECTION'
  if (
    error.code === 'ETLS' ||
    error.timeoutType === 'UPGRADE_TIMEOUT' ||
    (network && TLS_TROUBLE.test(original))
  )
    return tlsDiagnosis(error, original, implicit)
  if (error.code === 'EDNS') {
    const passing = original !== 'ENOTFOUND' && original !== 'ENODATA'
    return {
      code: 'CONNECTION_FAILED',
      says: `was not found (${printable(original)})`,
      advice: 'check the host in transport',
      temporary: passing,
    }
  }
  if (error.code === 'ETIMEDOUT')
    return { code: 'CONNECTION_FAILED', says: TIMEOUTS[error.timeoutType ?? ''] ?? SILENCE, temporary: true }
  if (error.code === 'EPROTOCOL' || (error.code === 'ECONNECTION' && reply !== null)) {
    if (reply !== null && reply >= 400)
      return { code: 'CONNECTION_FAILED', says: 'turned the connection away', temporary }
    const advice = 'check transport.port'
    return { code: 'PROTOCOL_ERROR', says: 'does not speak SMTP as it should', advice, temporary: false }
  }
  if (network) {
    const says = CONNECTING[original] ?? `closed the connection (${printable(original)})`
    const advice =
      original === 'ECONNREFUSED' ? 'check host and port in transport, and that the server runs' : undefined
    return { code: 'CONNECTION_FAILED', says, temporary: true, ...(advice && { advice }) }
  }
  if (error.code === 'EENVELOPE' && error.response === undefined) {
    const says = `cannot be asked for an address like that (${printable(error.message)})`
    return { code: 'INVALID_ADDRESS', says, temporary: false }
  }
  return { code: 'TRANSPORT_FAILED', says: 'could not take the mail', temporary }
}

const SILENCE = 'was silent for too long'

const TIMEOUTS: Readonly<Record<string, string>> = {
  CONNECT_TIMEOUT: 'did not answer in time',
  GREETING_TIMEOUT: 'sent no greeting in time',
}

const CONNECTING: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection (ECONNREFUSED)',
  EHOSTUNREACH: 'cannot be reached (EHOSTUNREACH)',
  ENETUNREACH: 'cannot be reached (ENETUNREACH)',
  EADDRNOTAVAIL:
    'cannot be reached from there (EADDRNOTAVAIL); transport.localAddress has to be an address of this machine',
  ETIMEDOUT: 'did not answer in time (ETIMEDOUT)',
  ECONNECTION: 'closed the connection',
}

/** A cause that can be logged: nodemailer's own error repeats the server's reply letter for letter. */
function scrubbed(error: NodemailerError, mask: Mask): Error {
  const { message, response } = error
  const said = response ? message.replaceAll(response, () => replyLine(response, mask)) : message
  const cause = new Error(printable(said))
  return Object.assign(cause, { code: error.originalCode ?? error.code })
}
