import { isAscii } from 'node:buffer'
import { IncidentMailerError } from '../../errors.js'
import { quoted } from '../../quoted.js'
import type { Parcel } from '../handover.js'
import { dsnOfMail, dsnOfRecipient } from './dsn-parameters.js'
import type { Place } from './error.js'
import type { Offered } from './reply.js'

/** The commands of an envelope. */
export interface EnvelopeCommands {
  readonly mail: string
  /** One for each recipient, in order. */
  readonly recipients: readonly string[]
}

/**
 * Writes a parcel's envelope (RFC 5321, sections 4.1.1.2 and 4.1.1.3), after a look at whether the server can take
 * what the mail holds.
 *
 * @throws IncidentMailerError `SMTPUTF8_UNSUPPORTED`, `PROTOCOL_ERROR` for 8-bit octets, `INVALID_ADDRESS`
 */
export function envelopeCommands(
  { from, to, bytes, dsn }: Parcel,
  { extensions }: Offered,
  place: Place,
): EnvelopeCommands {
  const notified = extensions.includes('DSN') ? dsn : undefined
  const parameters = [
    ...(needsUtf8(from, to, bytes, extensions, place) ? ['SMTPUTF8'] : []),
    ...(needs8Bit(bytes, extensions, place) ? ['BODY=8BITMIME'] : []),
    ...(extensions.includes('SIZE') ? [`SIZE=${bytes.length}`] : []),
    ...(notified ? dsnOfMail(notified) : []),
  ]
  return {
    mail: ['MAIL', `FROM:${path(from, place)}`, ...parameters].join(' '),
    recipients: to.map((address) => {
      const asked = notified ? dsnOfRecipient(notified, address) : []
      return ['RCPT', `TO:${path(address, place)}`, ...asked].join(' ')
    }),
  }
}

/** RFC 6531, sections 3.2 and 3.4. */
function needsUtf8(
  from: string,
  to: readonly string[],
  bytes: Buffer,
  extensions: readonly string[],
  { server }: Place,
): boolean {
  const foreign = [from, ...to].find((address) => !isAscii(Buffer.from(address)))
  const isNeeded = foreign !== undefined || !isAscii(bytes.subarray(0, bytes.indexOf('\r\n\r\n')))
  if (!isNeeded || extensions.includes('SMTPUTF8')) return isNeeded
  const what = foreign === undefined ? 'header field' : `address ${quoted(foreign)}`
  throw new IncidentMailerError(
    'SMTPUTF8_UNSUPPORTED',
    `${server} does not take the non-ASCII ${what}; use another address, or a server with SMTPUTF8`,
  )
}

/** RFC 6152, section 3. */
function needs8Bit(bytes: Buffer, extensions: readonly string[], { server }: Place): boolean {
  const isNeeded = !isAscii(bytes)
  if (!isNeeded || extensions.includes('8BITMIME')) return isNeeded
  throw new IncidentMailerError(
    'PROTOCOL_ERROR',
    `${server} does not take 8-bit octets; encode the body as quoted-printable or base64`,
  )
}

/** An address between angle brackets, out of which nothing in it can break. */
function path(address: string, { server }: Place): string {
  if (/[\p{Cc}<>]/u.test(address))
    throw new IncidentMailerError(
      'INVALID_ADDRESS',
      `${server} cannot be asked for an address like ${quoted(address)}`,
    )
  return `<${address}>`
}
