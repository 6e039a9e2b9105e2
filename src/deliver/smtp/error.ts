import type { ErrorCode } from '../../error-codes.js'
import { IncidentMailerError } from '../../errors.js'
import type { RejectedRecipient } from '../../mail.js'
import { systemCode } from '../../network/open-socket.js'
import { printable } from '../../printable.js'
import type { Mask } from '../../secrets.js'
import { isTemporary, parseReply, replyLine } from './reply.js'
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

/** What kept a connection from being made, or ended it. */
export function connectionError(error: Error, place: Place): IncidentMailerError {
  const code = systemCode(error)
  const diagnosis = TLS_TROUBLE.test(code ?? '')
    ? tlsDiagnosis(error, code ?? '', place.implicit ?? false)
    : networkDiagnosis(code)
  return diagnosed(diagnosis, place, error)
}

/** What went wrong while TLS was agreed on. */
export function handshakeError(error: Error, place: Place): IncidentMailerError {
  return diagnosed(tlsDiagnosis(error, systemCode(error) ?? '', place.implicit ?? false), place, error)
}

/** A server that does not keep to the protocol. */
export function protocolError(place: Place, says: string, reply?: string): IncidentMailerError {
  return refusedBy(place, reply, {
    ...{ code: 'PROTOCOL_ERROR', says, advice: 'check transport.port', temporary: false },
  })
}

/** A reply that is none, or says one thing and another, or comes out of turn (RFC 5321, section 4.2.1). */
export function strangeReply(place: Place, reply: string): IncidentMailerError {
  return protocolError(place, 'does not speak SMTP as it should', reply)
}

/** A server's refusal of something other than a mail, with the words of its reply. */
export function refusedBy(
  { server, mask }: Place,
  reply: string | undefined,
  how: { code: ErrorCode; says: string; advice?: string; temporary?: boolean },
): IncidentMailerError {
  const { code, says, advice, temporary = reply !== undefined && isTemporary(reply) } = how
  const words = reply === undefined ? '' : `: ${replyLine(reply, mask)}`
  return new IncidentMailerError(code, `${server} ${says}${words}${advice ? `; ${advice}` : ''}`, {
    temporary,
  })
}

/** A recipient's refusal, by the reply that the server gave to RCPT, or to the whole mail. */
export function rejection(address: string, reply: string, mask: Mask): RejectedRecipient {
  const { code, enhancedCode, text } = parseReply(reply, mask)
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
export function tooLarge(address: string, message: string): RejectedRecipient {
  return { address, code: 552, enhancedCode: '5.3.4', temporary: false, message }
}

/** What a system's error says of a server, by its code. */
export function networkDiagnosis(code: string | undefined): Diagnosis {
  if (code !== undefined && NOT_FOUND.has(code)) return notFound(code, code === 'EAI_AGAIN')
  const says = CONNECTING[code ?? ''] ?? `closed the connection (${printable(code ?? 'no reason given')})`
  const advice =
    code === 'ECONNREFUSED' ? 'check host and port in transport, and that the server runs' : undefined
  return { code: 'CONNECTION_FAILED', says, temporary: true, ...(advice && { advice }) }
}

/** What is said of a server whose name has no address. */
export function notFound(code: string, temporary: boolean): Diagnosis {
  const says = `was not found (${printable(code)})`
  return { code: 'CONNECTION_FAILED', says, advice: 'check the host in transport', temporary }
}

function octets(count: number): string {
  return count.toLocaleString('en-US')
}

function diagnosed({ code, says, advice, temporary }: Diagnosis, place: Place, error: Error) {
  const cause = Object.assign(new Error(printable(error.message)), { code: systemCode(error) })
  const message = `${place.server} ${says}${advice ? `; ${advice}` : ''}`
  return new IncidentMailerError(code, message, { temporary, cause })
}

/** Node's codes for a name without an address, and the one for a name server that could not be asked. */
const NOT_FOUND = new Set(['ENOTFOUND', 'ENODATA', 'EAI_AGAIN', 'EAI_FAIL'])

const CONNECTING: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection (ECONNREFUSED)',
  EHOSTUNREACH: 'cannot be reached (EHOSTUNREACH)',
  ENETUNREACH: 'cannot be reached (ENETUNREACH)',
  EADDRNOTAVAIL:
    'cannot be reached from there (EADDRNOTAVAIL); transport.localAddress has to be an address of this machine',
  ETIMEDOUT: 'did not answer in time (ETIMEDOUT)',
  ECONNECTION: 'closed the connection',
}
