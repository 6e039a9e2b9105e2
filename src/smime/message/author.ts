import type { MimeMail } from '../../mail.js'
import { comparableAddress } from '../certificates/certificate.js'

/** The addresses in the From field, which a reader compares with the certificate (RFC 8550, section 3). */
export function authorAddresses({ headers, sender }: Pick<MimeMail, 'headers' | 'sender'>): string[] {
  const field = headers.find(({ name }) => name.toLowerCase() === 'from')
  return field ? addressesOf(field.value).map(comparableAddress) : [comparableAddress(sender)]
}

/** The addresses in a field that lists mailboxes and groups of them (RFC 5322, section 3.4), as they are written. */
export function addressesOf(field: string): string[] {
  // Names in quotation marks and comments may hold anything, also what looks like an address.
  const value = field.replace(/"(?:[^"\\]|\\.)*"(?!@)/g, '').replace(/\([^()]*\)/g, '')
  return [...value.matchAll(MAILBOX)]
    .map(([mailbox]) => /<([^<>]*)>/.exec(mailbox)?.[1] ?? mailbox.replace(/^[^"@]*:/, ''))
    .map((address) => address.trim())
    .filter((address) => address.includes('@'))
}

/** What stands between commas and semicolons that are not in quotation marks or angle brackets. */
const MAILBOX = /(?:"(?:[^"\\]|\\.)*"|<[^<>]*>|[^",;<>])+/g
