/** A piece of a message on its way. */
export interface MailPiece {
  readonly octets: Buffer
  /** Whether it ends with the dot that ends the message. */
  readonly isLast: boolean
}

/**
 * A message as it follows DATA (RFC 5321, sections 2.3.8 and 4.5.2): every line ends with CRLF, a dot at its start is
 * doubled, and a dot alone ends it. Until that has come, no server has a mail.
 *
 * A bare CR or LF becomes CRLF: a server that took one for the end of a line could be made to see the end of the data
 * in the middle of it.
 */
export function* mailData(message: Buffer): Generator<MailPiece> {
  const bytes = isReady(message) ? message : prepared(message)
  const end = Buffer.from(bytes.length === 0 || bytes.at(-1) === LF ? '.\r\n' : '\r\n.\r\n')
  let start = 0
  for (; bytes.length - start > PIECE; start += PIECE) {
    yield { octets: bytes.subarray(start, start + PIECE), isLast: false }
  }
  yield { octets: Buffer.concat([bytes.subarray(start), end]), isLast: true }
}

/** Whether a message can go as it is, as nearly all can. Node looks for an octet far faster than a loop of ours. */
function isReady(bytes: Buffer): boolean {
  for (let line = 0; ; ) {
    if (bytes[line] === DOT) return false
    const end = bytes.indexOf(CR, line)
    if (end === -1) return !bytes.includes(LF, line)
    if (bytes.indexOf(LF, line) !== end + 1) return false
    line = end + 2
  }
}

function prepared(bytes: Buffer): Buffer {
  const lines = bytes.toString('latin1').replace(/\r\n?|\n/g, '\r\n')
  return Buffer.from(lines.replace(/^\./gm, '..'), 'latin1')
}

const LF = 0x0a
const CR = 0x0d
const DOT = 0x2e

/** Octets: few enough to see in time that the server has changed its mind. */
const PIECE = 65_536
