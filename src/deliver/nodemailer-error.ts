import { asError, IncidentMailerError } from '../errors.js'
import type { RejectedRecipient } from '../mail.js'
import { printable } from '../printable.js'
import type { Mask } from '../secrets.js'
import { networkDiagnosis, notFound, type Place, rejection, tooLarge } from './smtp/error.js'
import { parseReply, replyLine } from './smtp/reply.js'
import { type Diagnosis, NO_STARTTLS, TLS_TROUBLE, tlsDiagnosis } from './smtp/tls-error.js'

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
  return asError(thrown)
}

/** nodemailer's error as one of ours: which code, whether it may pass, and what to do about it. */
export function transporterError(error: NodemailerError, place: Place): IncidentMailerError {
  const { code, says, advice, temporary } = diagnosis(error)
  const reply = error.response ? `: ${replyLine(error.response, place.mask)}` : ''
  const message = `${place.server} ${says}${reply}${advice ? `; ${advice}` : ''}`
  return new IncidentMailerError(code, message, { temporary, cause: scrubbed(error, place.mask) })
}

/** Whether the server gave an answer that refuses the mail or someone in it. */
export function isRefusal(error: NodemailerError): boolean {
  if (error.code !== 'EENVELOPE' && error.code !== 'EMESSAGE') return false
  // A mail larger than the server announced is refused on its behalf, without a reply.
  if (error.response === undefined) return error.code === 'EMESSAGE' && error.command === 'MAIL FROM'
  const { code } = parseReply(error.response)
  return code !== null && code >= 400
}

/** The refusal that an error tells of, for one recipient. */
export function refusalOf(address: string, error: NodemailerError, mask: Mask): RejectedRecipient {
  if (error.response === undefined) return tooLarge(address, printable(error.message))
  return rejection(address, error.response, mask)
}

function diagnosis(error: NodemailerError): Diagnosis {
  const reply = error.response === undefined ? null : parseReply(error.response).code
  const temporary = reply !== null && reply < 500
  const original = error.originalCode ?? error.code ?? ''
  if (error.code === 'EAUTH') {
    const advice = temporary ? 'try again later' : 'check transport.auth'
    const says = 'refused the user name and password'
    return { code: 'AUTHENTICATION_FAILED', says, advice, temporary }
  }
  if (error.command === 'STARTTLS' && reply !== null) {
    return { code: 'TLS_FAILED', says: 'does not start TLS', advice: NO_STARTTLS, temporary }
  }
  const network = error.code === 'ESOCKET' || error.code === 'ECONNECTION'
  if (
    error.code === 'ETLS' ||
    error.timeoutType === 'UPGRADE_TIMEOUT' ||
    (network && TLS_TROUBLE.test(original))
  )
    return tlsDiagnosis(error, original, false)
  if (error.code === 'EDNS') {
    // nodemailer asks name servers itself, which have more ways to fail.
    return notFound(original, original !== 'ENOTFOUND' && original !== 'ENODATA')
  }
  if (error.code === 'ETIMEDOUT')
    return { code: 'CONNECTION_FAILED', says: TIMEOUTS[error.timeoutType ?? ''] ?? SILENCE, temporary: true }
  if (error.code === 'EPROTOCOL' || (error.code === 'ECONNECTION' && reply !== null)) {
    if (reply !== null && reply >= 400)
      return { code: 'CONNECTION_FAILED', says: 'turned the connection away', temporary }
    const advice = 'check transport.port'
    return { code: 'PROTOCOL_ERROR', says: 'does not speak SMTP as it should', advice, temporary: false }
  }
  if (network) return networkDiagnosis(original)
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

/** A cause that can be logged: nodemailer's own error repeats the server's reply letter for letter. */
function scrubbed(error: NodemailerError, mask: Mask): Error {
  const { message, response } = error
  const said = response ? message.replaceAll(response, () => replyLine(response, mask)) : message
  const cause = new Error(printable(said))
  return Object.assign(cause, { code: error.originalCode ?? error.code })
}
