import { isAscii } from 'node:buffer'
import { IncidentMailerError } from '../../errors.js'

const cr = 0x0d
const lf = 0x0a
/** RFC 5322, section 2.1.1: octets in a line, without its CRLF. */
const longestLine = 998

/**
 * Refuses to sign what some server on the way would change: 8-bit content, NUL, CR or LF alone, lines over 998
 * octets (RFC 8551, section 3.1.2; RFC 2045, section 2.7). The signature would break, and people would be told
 * that someone tampered with the mail. Entities made by `compose` never trip this.
 */
export function assertTransportSafe(bytes: Buffer): void {
  if (!isAscii(bytes)) throw unsafe('8-bit content', 'encode it as quoted-printable or base64')
  if (bytes.includes(0)) throw unsafe('NUL octets', 'encode it as base64')
  for (let start = 0; ; ) {
    const carriage = bytes.indexOf(cr, start)
    const feed = bytes.indexOf(lf, start)
    const together = carriage < 0 ? feed < 0 : carriage === feed - 1
    if (!together) throw unsafe('a CR or LF alone', 'end every line with CRLF')
    const end = carriage < 0 ? bytes.length : carriage
    if (end - start > longestLine) {
      throw unsafe(`a line of more than ${longestLine} octets`, 'encode it as quoted-printable or base64')
    }
    if (carriage < 0) return
    start = feed + 1
  }
}

function unsafe(what: string, advice: string): IncidentMailerError {
  return new IncidentMailerError(
    'INVALID_REQUEST',
    `the mail's content has ${what}, which may be changed on its way and break the signature; ${advice} before signing`,
  )
}
