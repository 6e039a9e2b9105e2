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
  let start = 0
  for (let end = endOfPiece(message, start); end < message.length; end = endOfPiece(message, start)) {
    yield { octets: prepared(message.subarray(start, end)), isLast: false }
    start = end
  }
  const last = prepared(message.subarray(start))
  const dot = Buffer.from(last.length === 0 || last.at(-1) === LF ? '.\r\n' : '\r\n.\r\n')
  yield { octets: Buffer.concat([last, dot]), isLast: true }
}

/** Where a piece ends: behind a line, so that the next one begins with one. */
function endOfPiece(message: Buffer, start: number): number {
  if (message.length - start <= PIECE) return message.length
  const before = message.lastIndexOf(LF, start + PIECE - 1)
  if (before >= start) return before + 1
  const after = message.indexOf(LF, start + PIECE)
  return after === -1 ? message.length : after + 1
}

/** Whether lines can go as they are, as nearly all can. Node looks for an octet far faster than a loop of ours. */
function isReady(bytes: Buffer): boolean {
  for (let line = 0; ; ) {
    if (bytes[line] === DOT) return false
    const end = bytes.indexOf(CR, line)
    if (end === -1) return !bytes.includes(LF, line)
    if (bytes.indexOf(LF, line) !== end + 1) return false
    line = end + 2
  }
}

/** Whole lines as they go. Only those are copied that cannot go as they are. */
function prepared(bytes: Buffer): Buffer {
  if (isReady(bytes)) return bytes
  const lines = bytes.toString('latin1').replace(/\r\n?|\n/g, '\r\n')
  return Buffer.from(lines.replace(/^\./gm, '..'), 'latin1')
}

const LF = 0x0a
const CR = 0x0d
const DOT = 0x2e

/** Octets: few enough to see in time that the server has changed its mind. */
const PIECE = 65_536
