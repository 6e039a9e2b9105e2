import { decodeWords } from '../decode-words.js'
import { IncidentMailerError } from '../errors.js'
import type { MailRequest, MimeMail, Recipient, Warning } from '../mail.js'
import { entityOf } from '../mime.js'
import { parseAddressList } from './address-list.js'
import { readDsn } from './dsn.js'
import { type RawField, splitMessage } from './raw-fields.js'

/**
 * Reads a whole message (RFC 5322) that others made, to be sent as it is: its recipients are those in To, Cc and
 * Bcc, its sender is Sender or else the first of From. Bcc is left out of what is sent; line ends become CRLF.
 *
 * @param message - text that is all on one line and has `\\n` where lines end is read as those lines
 * @throws {@link IncidentMailerError} `INVALID_REQUEST` for what is no message, `INVALID_ADDRESS`, `NO_SENDER`,
 * `NO_RECIPIENTS`
 */
export function readRawMessage(
  message: string | Uint8Array,
  { tlp, dsn }: Pick<MailRequest, 'tlp' | 'dsn'> = {},
): MimeMail {
  const { fields, body } = splitMessage(message)
  const sent = fields.filter(({ key }) => key !== 'bcc' && key !== 'resent-bcc')
  const recipients = recipientsOf(fields)
  if (recipients.length === 0)
    throw new IncidentMailerError('NO_RECIPIENTS', 'the message names nobody in To, Cc or Bcc', {
      field: 'to',
    })
  const messageId = textOf(fields, 'message-id').match(/<[^<>\s]+>/)?.[0] ?? ''
  const wished = readDsn(dsn, messageId)
  const date = new Date(textOf(fields, 'date'))
  return {
    messageId,
    date: Number.isNaN(date.getTime()) ? new Date() : date,
    subject: decodeWords(textOf(fields, 'subject')),
    sender: senderOf(fields),
    // All of them, in the order in which they came: an entity's fields may stand among the others.
    headers: sent.map(({ field }) => field),
    deliveries: [{ recipients, entity: entityOf([], body) }],
    protection: tlp === undefined ? {} : { tlp },
    ...(wished && { dsn: wished }),
    signer: null,
    recipientsCertificates: null,
    headerProtection: null,
    warnings: messageId === '' ? [NO_MESSAGE_ID] : [],
    timings: {},
  }
}

const NO_MESSAGE_ID: Warning = {
  code: 'NO_MESSAGE_ID',
  message: 'the message has no Message-ID, by which it could be found again; a server may give it one',
}

function recipientsOf(fields: readonly RawField[]): Recipient[] {
  const found = new Map<string, Recipient>()
  for (const kind of ['to', 'cc', 'bcc'] as const)
    for (const { key, text } of fields) {
      if (key !== kind) continue
      for (const { address } of parseAddressList(text, kind))
        if (!found.has(address.toLowerCase())) found.set(address.toLowerCase(), { address, kind })
    }
  return [...found.values()]
}

/** RFC 5322, section 3.6.2: where several wrote it, Sender says who sent it. */
function senderOf(fields: readonly RawField[]): string {
  const [sender] = parseAddressList(textOf(fields, 'sender'), 'sender')
  const [author] = parseAddressList(textOf(fields, 'from'), 'from')
  const address = (sender ?? author)?.address
  if (address !== undefined) return address
  throw new IncidentMailerError('NO_SENDER', 'the message has no From, and so no sender; add one', {
    field: 'from',
  })
}

function textOf(fields: readonly RawField[], key: string): string {
  return fields.find((field) => field.key === key)?.text ?? ''
}
