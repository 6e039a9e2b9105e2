import { IncidentMailerError } from '../errors.js'
import type { MailRequest } from '../mail.js'
import { quoted } from '../quoted.js'
import { refuseInjection } from './header-field.js'

/** A header field that the request brings along. */
export interface OwnHeader {
  readonly name: string
  readonly value: string
  /** What it is called in messages: `headers.X-Ticket`. */
  readonly field: string
}

/** The request's own header fields, by their name in lower case. */
export type OwnHeaders = ReadonlyMap<string, OwnHeader>

/**
 * Reads the request's `headers` and refuses those that would change what the mail is or where it goes.
 *
 * `Subject`, `Reply-To`, `Message-ID`, `In-Reply-To` and `References` are taken for the request's own fields
 * of these names, win over them, and are held to the same rules.
 *
 * @throws {@link IncidentMailerError} `FORBIDDEN_HEADER`, `HEADER_INJECTION` or `INVALID_REQUEST`.
 */
export function readOwnHeaders({ headers = {}, importance }: MailRequest): OwnHeaders {
  const own = new Map<string, OwnHeader>()
  for (const [name, value] of Object.entries(headers)) {
    const field = `headers.${name.replace(NOT_IN_A_NAME, '').slice(0, 60)}`
    refuseInjection(field, name)
    refuseForbidden(name, field)
    refuseMalformed(name, value, field)
    refuseInjection(field, value)
    const key = name.toLowerCase()
    if (own.has(key)) throw invalid(field, `${field} is there twice, in different spellings; keep one`)
    if (key === 'subject' && value.trim() === '')
      throw invalid(field, `${field} is empty; fill it, or leave it out`)
    if (importance !== undefined && URGENCY.has(key) && value.trim() !== '')
      throw invalid(field, `${field} and importance both say how urgent the mail is; keep one of them`)
    own.set(key, { name, value, field })
  }
  return own
}

function refuseForbidden(name: string, field: string): void {
  // `bcc `, `Bcc\t` and `Bcc:` are Bcc to some server or other.
  const key = name.replace(NOT_IN_A_NAME, '').toLowerCase()
  const reason = FORBIDDEN.find(([pattern]) => pattern.test(key))?.[1]
  if (reason === undefined) return
  throw new IncidentMailerError('FORBIDDEN_HEADER', `${field} may not be set: ${reason}`, { field })
}

function refuseMalformed(name: string, value: unknown, field: string): asserts value is string {
  if (name === '' || name.length > LONGEST_NAME || name.search(NOT_IN_A_NAME) !== -1)
    throw invalid(
      'headers',
      `headers: ${quoted(name)} is not a field name; write letters, digits and hyphens, at most ${LONGEST_NAME}`,
    )
  if (typeof value !== 'string') throw invalid(field, `${field} has to be a text, in quotation marks`)
}

function invalid(field: string, message: string): IncidentMailerError {
  return new IncidentMailerError('INVALID_REQUEST', message, { field })
}

/** What `importance` writes. Each mail program goes by another of them, so they have to agree. */
const URGENCY = new Set(['importance', 'x-priority', 'x-msmail-priority', 'priority'])
const LONGEST_NAME = 60
// RFC 5322, section 3.6.8: printable ASCII but the colon.
const NOT_IN_A_NAME = /[^\x21-\x39\x3b-\x7e]/g
const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/^bcc$/, 'it would show who was copied blindly; use bcc'],
  [/^content-/, 'the mail says itself what it is made of; use body, template and attachments'],
  [/^mime-version$/, 'the mail says itself what it is made of'],
  [/^hp-outer$/, 'it tells of protected header fields; use protectHeaders'],
  [/^date$/, 'it is the moment of sending, which a signature repeats'],
  [
    /^(?:resent-.*|apparently-to|x-apparently-to|envelope-to|x-envelope-to|x-rcpt-to|x-bcc|x-mc-bccaddress)$/,
    'some servers take recipients from it; use to, cc and bcc',
  ],
  [/^(?:received(?:-.*)?|return-path|delivered-to|x-original-to)$/, 'servers write it on the way'],
  [/^(?:dkim-signature|domainkey-signature|authentication-results|arc-.*)$/, 'servers vouch with it'],
]
