import addressparser from 'nodemailer/lib/addressparser'
import type { Parcel } from '../handover.js'

/**
 * The message as Graph takes it, which reads the recipients in its header and no envelope. Those who are not seen
 * in it go into a Bcc field. Where it shows someone who is not to get this copy, as the encrypted copy of a
 * blind-copied person does, To and Cc are left out: that person would get it as well.
 */
export function graphMessage({ to, bytes }: Parcel): Buffer {
  const end = bytes.indexOf('\r\n\r\n')
  const header = bytes.subarray(0, end === -1 ? bytes.length : end + 2).toString('latin1')
  const fields = header.split(/\r\n(?![ \t])/).filter((field) => field !== '')
  const shown = fields.filter((field) => SHOWN.test(field)).flatMap(addressesIn)
  const wanted = new Set(to.map((address) => address.toLowerCase()))
  const keeps = shown.every((address) => wanted.has(address))
  const blind = keeps ? to.filter((address) => !shown.includes(address.toLowerCase())) : to
  const kept = fields.filter((field) => !OTHERS.test(field) && (keeps || !SHOWN.test(field)))
  const bcc = blind.length === 0 ? [] : [`Bcc: ${blind.join(',\r\n ')}`]
  const lines = [...kept, ...bcc].map((field) => `${field}\r\n`).join('')
  const rest = end === -1 ? Buffer.from('\r\n') : bytes.subarray(end + 2)
  return Buffer.concat([Buffer.from(lines, 'latin1'), rest])
}

/** Groups count as their members. */
function addressesIn(field: string): string[] {
  const text = Buffer.from(field.slice(field.indexOf(':') + 1), 'latin1').toString('utf8')
  return addressparser(text.replace(/\r\n/g, ''), { flatten: true }).map(({ address }) =>
    address.toLowerCase(),
  )
}

const SHOWN = /^(?:to|cc)[ \t]*:/i
/** The other fields in which a message of `raw` may name people whom Exchange would take for recipients. */
const OTHERS = /^(?:bcc|resent-(?:to|cc|bcc)|apparently-to)[ \t]*:/i
