import { createHash, randomUUID } from 'node:crypto'
import { IncidentMailerError } from '../errors.js'
import type { IncidentId } from '../incident/incident.js'
import { quoted } from '../quoted.js'
import { refuseInjection } from './header-field.js'

/** A new Message-ID (RFC 5322, section 3.6.4) that nobody can guess, in the sender's domain. */
export function newMessageId(domain: string): string {
  return `<${randomUUID()}@${domain}>`
}

/** The Message-ID that this key always gives in the sender's domain. Does not tell the key. */
export function messageIdOfKey(key: string, domain: string): string {
  return `<${digest('message', key)}@${domain}>`
}

/** The id at the root of an incident's thread: stable, and without a letter of the incident's own text. */
export function threadRootOf(id: IncidentId, domain: string): string {
  return `<incident-${digest('incident', String(id))}@${domain}>`
}

/**
 * A Message-ID of one's own, in angle brackets. It has to be as RFC 5322, section 3.6.4 wants a new one;
 * those that others made are taken as they come (`readMessageIds`).
 *
 * @throws {@link IncidentMailerError} `INVALID_REQUEST` or `HEADER_INJECTION`, naming the field.
 */
export function readOwnMessageId(text: string, field: string): string {
  const [id, another] = readMessageIds(text, field)
  if (id !== undefined && another === undefined && NEW_ID.test(id)) return id
  throw invalid(text, field, 'write it as <unique-part@your.domain>')
}

/**
 * The ids in a text that others made, in angle brackets: between spaces or commas, with brackets or without.
 *
 * @throws {@link IncidentMailerError} `INVALID_REQUEST` or `HEADER_INJECTION`, naming the field.
 */
export function readMessageIds(text: string, field: string): string[] {
  if (typeof text !== 'string') throw invalid(text, field, 'it is not a text')
  refuseInjection(field, text)
  const parts = text.match(/<[^<>]*>?|[^\s,<]+/g) ?? []
  return parts.map((part) => {
    const id = part.startsWith('<') ? part : `<${part}>`
    if (!ANY_ID.test(id)) throw invalid(part, field, 'it holds characters that no Message-ID has')
    if (id.length > LONGEST_ID) throw invalid(part, field, `it is longer than ${LONGEST_ID} characters`)
    return id
  })
}

function digest(purpose: string, text: string): string {
  return createHash('sha256').update(`${purpose}\0${text}`).digest('hex').slice(0, 32)
}

function invalid(text: unknown, field: string, reason: string): IncidentMailerError {
  const message = `${field}: ${quoted(text)} is not a Message-ID: ${reason}`
  return new IncidentMailerError('INVALID_REQUEST', message, { field })
}

// An id cannot be folded, and a line has at most 998 octets (RFC 5322, section 2.1.1).
const LONGEST_ID = 900
const ANY_ID = /^<[\x21-\x3b\x3d\x3f-\x7e]+>$/
const NEW_ID = /^<[\w!#$%&'*+/=?^`{|}~.-]+@(?:[\w.-]+|\[[\w.:]+\])>$/
