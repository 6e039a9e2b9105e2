import type { HeaderField, Importance, MailRequest } from '../mail.js'
import type { Mailbox } from './address.js'
import { addressField, groupField } from './address-field.js'
import { parseAddressList } from './address-list.js'
import { cleanName, foldedField, textField } from './header-field.js'
import type { OwnHeaders } from './own-headers.js'
import type { Recipients } from './recipients.js'
import type { ThreadPlace } from './thread.js'

/** What a mail's own header fields are made from. */
export interface Letterhead {
  readonly request: MailRequest
  readonly own: OwnHeaders
  readonly from: Mailbox
  readonly recipients: Recipients
  readonly subject: string
  readonly place: ThreadPlace
  readonly date: Date
}

/**
 * A mail's own header fields, in the order people like to read them. Bcc is not among what this is given to
 * write.
 *
 * @throws {@link IncidentMailerError} `INVALID_ADDRESS` for `replyTo`.
 */
export function mailHeaders(letterhead: Letterhead): HeaderField[] {
  const { request, own, from, recipients, subject, place, date } = letterhead
  const replyTo = own.get('reply-to')
  const replies = parseAddressList(replyTo?.value ?? request.replyTo, replyTo?.field ?? 'replyTo')
  return [
    { name: 'Date', value: date.toUTCString().replace('GMT', '+0000') },
    shownAuthor(own, from),
    ...(replies.length > 0 ? [addressField('Reply-To', replies)] : []),
    ...shownRecipients(own, recipients),
    textField('Subject', subject),
    ...threadFields(place),
    ...defaultFields(request.importance).filter(({ name }) => !own.has(name.toLowerCase())),
    ...otherFields(own),
    { name: 'MIME-Version', value: '1.0' },
  ]
}

/** The author as shown: a From among the headers may be another address, or a name over the sender's own. */
function shownAuthor(own: OwnHeaders, from: Mailbox): HeaderField {
  const shown = own.get('from')
  if (!shown?.value.trim()) return addressField('From', [from])
  if (shown.value.includes('@')) return addressField('From', parseAddressList(shown.value, shown.field))
  return addressField('From', [{ ...from, name: cleanName(shown.value) }])
}

/** The recipients as shown. Where all are copied blindly, To says as much, as mail programs have it. */
function shownRecipients(own: OwnHeaders, { to, cc }: Recipients): HeaderField[] {
  const fields = [shownList('To', own, to), shownList('Cc', own, cc)].filter((field) => field !== null)
  return fields.length > 0 ? fields : [groupField('To', 'undisclosed-recipients')]
}

/** A To or Cc among the headers may be other addresses, or the name of a group. */
function shownList(name: 'To' | 'Cc', own: OwnHeaders, mailboxes: readonly Mailbox[]): HeaderField | null {
  const shown = own.get(name.toLowerCase())
  if (!shown?.value.trim()) return mailboxes.length > 0 ? addressField(name, mailboxes) : null
  if (shown.value.includes('@')) return addressField(name, parseAddressList(shown.value, shown.field))
  return groupField(name, cleanName(shown.value).replace(/ ?:? ?;?$/, ''))
}

function threadFields({ messageId, inReplyTo, references }: ThreadPlace): HeaderField[] {
  return [
    // Not folded before the id, as a long one would be: some servers then see none.
    { name: 'Message-ID', value: messageId },
    ...(inReplyTo === null ? [] : [{ name: 'In-Reply-To', value: inReplyTo }]),
    ...(references.length === 0 ? [] : [foldedField('References', references.join(' '))]),
  ]
}

/** What a mail says of itself unless the request's own headers say otherwise. */
function defaultFields(importance: Importance | undefined): HeaderField[] {
  // RFC 3834, section 5: so that no vacation notice answers.
  const automatic = [
    { name: 'Auto-Submitted', value: 'auto-generated' },
    // Exchange's and Outlook's own word for it ([MS-OXCMAIL]).
    { name: 'X-Auto-Response-Suppress', value: 'DR, RN, NRN, OOF, AutoReply' },
  ]
  if (importance === undefined) return automatic
  // RFC 2156, sections 5.3.4 and 5.3.6, for Importance and Priority; the X- fields are Outlook's.
  const { number, word, priority } = IMPORTANCE[importance]
  return [
    { name: 'Importance', value: importance },
    { name: 'X-Priority', value: number },
    { name: 'X-MSMail-Priority', value: word },
    { name: 'Priority', value: priority },
    ...automatic,
  ]
}

/** The request's own fields. One that is empty only keeps a default field away. */
function otherFields(own: OwnHeaders): HeaderField[] {
  return [...own.entries()]
    .filter(([key, { value }]) => !WRITTEN_ABOVE.has(key) && value.trim() !== '')
    .map(([, { name, value }]) => textField(name, value, LONGEST_WORD))
}

const IMPORTANCE = {
  high: { number: '1', word: 'High', priority: 'urgent' },
  normal: { number: '3', word: 'Normal', priority: 'normal' },
  low: { number: '5', word: 'Low', priority: 'non-urgent' },
} as const

const WRITTEN_ABOVE = new Set([
  'from',
  'reply-to',
  'to',
  'cc',
  'subject',
  'message-id',
  'in-reply-to',
  'references',
])
// Many fields are read by machines, which know no encoded words: a URL stays whole while its line may.
const LONGEST_WORD = 900
