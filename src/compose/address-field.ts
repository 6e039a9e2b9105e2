import type { HeaderField } from '../mail.js'
import type { Mailbox } from './address.js'
import { foldedField } from './header-field.js'
import { encodedWords } from './mime-codecs.js'

/** A header field that lists mailboxes (RFC 5322, section 3.6.3). */
export function addressField(name: string, mailboxes: readonly Mailbox[]): HeaderField {
  return foldedField(name, mailboxes.map(formatMailbox).join(', '))
}

/** A field that shows a name and no address: a group without members (RFC 5322, section 3.4). */
export function groupField(name: string, groupName: string): HeaderField {
  return foldedField(name, `${formatName(groupName)}:;`)
}

function formatMailbox({ name, address }: Mailbox): string {
  return name === '' ? address : `${formatName(name)} <${address}>`
}

/** A name as it is, in quotation marks or in encoded words, whichever it takes. */
function formatName(name: string): string {
  const short = name.split(' ').every(({ length }) => length <= LONGEST_WORD)
  if (!/^[\x20-\x7e]*$/.test(name) || name.includes('=?') || !short) return encodedWords(name, LONGEST_WORD)
  return PLAIN.test(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`
}

const LONGEST_WORD = 60
// Atoms with spaces between (RFC 5322, section 3.2.5).
const PLAIN = /^[\w!#$%&'*+/=?^`{|}~-]+(?: [\w!#$%&'*+/=?^`{|}~-]+)*$/
