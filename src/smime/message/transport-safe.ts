import { isAscii } from 'node:buffer'
import { IncidentMailerError } from '../../errors.js'

const cr = 0x0d
const lf = 0x0a
/** RFC 5322, section 2.1.1: octets in a line, without its CRLF. */
const longestLine = 998

/** Looks at content chunk by chunk, and throws where it would not survive its way. */
export interface TransportCheck {
  take(chunk: Uint8Array): void
  /** Says that there was no more. */
  end(): void
}

/**
 * Refuses to sign what some server on the way would change: 8-bit content, NUL, CR or LF alone, lines over 998
 * octets (RFC 8551, section 3.1.2; RFC 2045, section 2.7). The signature would break, and people would be told
 * that someone tampered with the mail. Entities made by `compose` never trip this.
 */
export function transportCheck(): TransportCheck {
  /** Octets of the line that a chunk left unfinished. */
  let begun = 0
  /** Whether the last octet was a CR, so that the next has to be its LF. */
  let afterCarriage = false

  const grows = (octets: number) => {
    begun += octets
    if (begun > longestLine) {
      throw unsafe(`a line of more than ${longestLine} octets`, 'encode it as quoted-printable or base64')
    }
  }

  const take = (chunk: Uint8Array) => {
    if (chunk.length === 0) return
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    if (!isAscii(bytes)) throw unsafe('8-bit content', 'encode it as quoted-printable or base64')
    if (bytes.includes(0)) throw unsafe('NUL octets', 'encode it as base64')
    let start = 0
    if (afterCarriage) {
      if (bytes[0] !== lf) throw lonely()
      afterCarriage = false
      begun = 0
      start = 1
    }
    for (;;) {
      const carriage = bytes.indexOf(cr, start)
      const feed = bytes.indexOf(lf, start)
      grows((carriage < 0 ? bytes.length : carriage) - start)
      if (carriage < 0 && feed < 0) return
      if (carriage === bytes.length - 1 && feed < 0) {
        afterCarriage = true
        return
      }
      if (carriage < 0 || feed !== carriage + 1) throw lonely()
      begun = 0
      start = feed + 1
    }
  }

  const end = () => {
    if (afterCarriage) throw lonely()
  }
  return { take, end }
}

function lonely(): IncidentMailerError {
  return unsafe('a CR or LF alone', 'end every line with CRLF')
}

function unsafe(what: string, advice: string): IncidentMailerError {
  return new IncidentMailerError(
    'INVALID_REQUEST',
    `the mail's content has ${what}, which may be changed on its way and break the signature; ${advice} before signing`,
  )
}
