import { type ErrorCode, IncidentMailerError } from '../errors.js'
import type { RejectedRecipient } from '../mail.js'
import type { Mask } from './secrets.js'
import { parseReply, printable, replyLine } from './smtp-reply.js'

/** What is known about the server when something goes wrong there. */
export interface Place {
  /** `mail.example.com:587`, or what else names the other side. */
  readonly server: string
  /** Hides what must not be repeated. */
  readonly mask: Mask
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
  const { code, says, advice, temporary } = diagnosis(error)
  const reply = error.response ? `: ${replyLine(place.mask(error.response))}` : ''
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
  if (error.response === undefined) {
    // RFC 1870, section 6.1; RFC 3463, section 3.4.
    const message = printable(mask(error.message))
    return { address, code: 552, enhancedCode: '5.3.4', temporary: false, message }
  }
  const { code, enhancedCode, text } = parseReply(mask(error.response))
  // RFC 5321, section 4.2.1: 4yz may pass, 5yz will not.
  return { address, code, enhancedCode, temporary: code === null || code < 500, message: text }
}

interface Diagnosis {
  readonly code: ErrorCode
  readonly says: string
  readonly advice?: string
  readonly temporary: boolean
}

function diagnosis(error: NodemailerError): Diagnosis {
  const reply = error.response === undefined ? null : parseReply(error.response).code
  const temporary = reply !== null && reply < 500
  const original = error.originalCode ?? error.code ?? ''
  if (error.code === 'EAUTH') {
    const advice = temporary ? 'try again later' : 'check transport.auth'
    return { code: 'AUTHENTICATION_FAILED', says: 'refused the user name and password', advice, temporary }
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
    return tlsDiagnosis(error, original)
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
    return { code: 'CONNECTION_FAILED', says, temporary: true }
  }
  if (error.code === 'EENVELOPE' && reply === null) {
    const says = `cannot be asked for an address like that (${printable(error.message)})`
    return { code: 'INVALID_ADDRESS', says, temporary: false }
  }
  return { code: 'TRANSPORT_FAILED', says: 'could not take the mail', temporary }
}

function tlsDiagnosis(error: NodemailerError, original: string): Diagnosis {
  const known = Object.entries(CERTIFICATES).find(([pattern]) => new RegExp(pattern).test(original))
  if (known) return { code: 'TLS_FAILED', says: known[1].says, advice: known[1].advice, temporary: false }
  const why = printable(error.message).replace(/^Error initiating TLS - /, '')
  // A handshake that was cut or took too long is a matter of the network; one that failed, of the settings.
  const temporary = error.code === 'ETIMEDOUT' || /closed|disconnected|ECONNRESET/.test(error.message)
  const advice = 'check transport.tls and transport.port'
  return { code: 'TLS_FAILED', says: `did not agree on TLS (${why})`, advice, temporary }
}

/** The codes of Node and OpenSSL for a handshake or a certificate that failed. */
const TLS_TROUBLE =
  /^(?:ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO$)|CERT|ISSUER|SIGNATURE|CRL|INVALID_CA|INVALID_PURPOSE|HOSTNAME/

const CERTIFICATES: Readonly<Record<string, { says: string; advice: string }>> = {
  CERT_HAS_EXPIRED: { says: 'shows an expired certificate', advice: 'it has to be renewed there' },
  CERT_NOT_YET_VALID: { says: 'shows a certificate of the future', advice: 'check the clocks' },
  ALTNAME_INVALID: {
    says: 'shows a certificate for another name',
    advice: 'use the name in the certificate as the host in transport',
  },
  'SELF_SIGNED|UNABLE_TO|ISSUER|UNTRUSTED': {
    says: 'shows a certificate that no trusted authority vouches for',
    advice: "name its authority's PEM file in transport.caFile",
  },
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
  ETIMEDOUT: 'did not answer in time (ETIMEDOUT)',
  ECONNECTION: 'closed the connection',
}

/** A cause that can be logged: nodemailer's own error repeats the server's reply letter for letter. */
function scrubbed(error: NodemailerError, mask: Mask): Error {
  const cause = new Error(printable(mask(error.message)))
  return Object.assign(cause, { code: error.originalCode ?? error.code })
}
