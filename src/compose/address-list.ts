import { IncidentMailerError } from '../errors.js'
import type { Addresses } from '../mail.js'
import { quoted } from '../quoted.js'
import { AddressSyntaxError, type Mailbox, parseMailbox } from './address.js'
import { refuseInjection } from './header-field.js'

/**
 * The mailboxes of a request's field. Groups (`SOC: a@example.com, b@example.com;`) count as their members,
 * and nothing between two commas as nothing.
 *
 * @throws {@link IncidentMailerError} `INVALID_ADDRESS` naming the field and the address, `HEADER_INJECTION`.
 */
export function parseAddressList(addresses: Addresses | undefined, field: string): Mailbox[] {
  if (addresses === undefined) return []
  if (typeof addresses === 'string') return parseText(addresses, field)
  return addresses.flatMap((text, index) => parseText(text, `${field}[${index}]`))
}

/** The one mailbox of a field that holds exactly one; null where it is empty. */
export function parseSingleAddress(address: string | undefined, field: string): Mailbox | null {
  const [first, second] = parseAddressList(address, field)
  if (second !== undefined) throw invalid(field, address, 'it has to be one address')
  return first ?? null
}

function parseText(text: string, field: string): Mailbox[] {
  if (typeof text !== 'string') throw invalid(field, text, 'it is not a text')
  refuseInjection(field, text)
  return splitList(text, field).map((item) => {
    try {
      return parseMailbox(item)
    } catch (thrown) {
      if (thrown instanceof AddressSyntaxError) throw invalid(field, item.trim(), thrown.message)
      throw thrown
    }
  })
}

/** Cuts at the commas that separate addresses, and takes groups apart (RFC 5322, section 3.4). */
function splitList(text: string, field: string): string[] {
  const items: string[] = []
  let item = ''
  let inGroup = false
  for (const [part] of text.matchAll(PARTS)) {
    if (part === ',' || (part === ';' && inGroup)) {
      items.push(item)
      item = ''
      if (part === ';') inGroup = false
    } else if (part === ';') {
      throw invalid(field, text, 'addresses are separated by commas, not semicolons')
    } else if (part === ':' && !inGroup && !/[<@]/.test(item)) {
      inGroup = true
      item = ''
    } else {
      item += part
    }
  }
  if (inGroup) throw invalid(field, text, 'its group is never closed with a semicolon')
  return [...items, item].filter((candidate) => candidate.trim() !== '')
}

function invalid(field: string, address: unknown, reason: string): IncidentMailerError {
  const message = `${field}: ${quoted(address)} is not a mail address: ${reason}`
  return new IncidentMailerError('INVALID_ADDRESS', message, { field })
}

// What a comma, colon or semicolon does not count in: quoted strings, comments, literals, angle brackets.
// What is never closed is passed on as it is, for `parseMailbox` to say so.
const PARTS =
  /"(?:[^"\\]|\\.)*"?|\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\)?|\[[^\]]*\]?|<[^>"]*>?|[,;:]|[^"([<,;:]+/gsu
