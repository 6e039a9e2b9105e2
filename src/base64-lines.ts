/** Bytes that come one after the other, and how many there will be. */
export interface SizedChunks {
  readonly size: number
  readonly chunks: Iterable<Uint8Array>
}

/** Bytes in base64 as a mail carries them (RFC 2045, section 6.8): lines of 76 characters, ended by CRLF. */
export function encodeBase64Lines(bytes: Uint8Array): Buffer {
  return encodeChunksInBase64Lines({ size: bytes.length, chunks: [bytes] })
}

/**
 * The same of bytes that may be made on the way, chunk by chunk.
 *
 * Written two characters at a time, lines and all: Node's own base64 knows no lines, and putting them in afterwards
 * costs more than this.
 */
export function encodeChunksInBase64Lines({ size, chunks }: SizedChunks): Buffer {
  const encodedSize = Math.ceil(size / 3) * 4
  const output = Buffer.allocUnsafeSlow(encodedSize + Math.ceil(encodedSize / LINE) * 2)
  const pairs = new Uint16Array(output.buffer, 0, output.length >> 1)
  let at = 0
  let rest: Uint8Array = new Uint8Array()
  for (const piece of wholeLines(chunks)) {
    rest = piece.subarray(piece.length - (piece.length % OCTETS))
    at = writeLines(piece.subarray(0, piece.length - rest.length), pairs, at)
  }
  if (rest.length > 0) output.write(`${Buffer.from(rest).toString('base64')}\r\n`, at * 2, 'latin1')
  return output
}

const LINE = 76
/** Octets that fill a line. */
const OCTETS = 57

/** Cuts chunks anew, so that each fills whole lines; only the last need not. */
function* wholeLines(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array()
  for (const chunk of chunks) {
    const missing = rest.length > 0 ? OCTETS - rest.length : 0
    const line = Buffer.concat([rest, chunk.subarray(0, missing)])
    const whole = chunk.subarray(missing, chunk.length - ((chunk.length - missing) % OCTETS))
    if (chunk.length < missing) {
      rest = line
      continue
    }
    if (line.length > 0) yield line
    if (whole.length > 0) yield whole
    rest = chunk.subarray(missing + whole.length)
  }
  yield rest
}

/** Writes whole lines from a place on, and returns the next. */
function writeLines(bytes: Uint8Array, pairs: Uint16Array, start: number): number {
  let at = start
  for (let from = 0; from < bytes.length; ) {
    for (const end = from + OCTETS; from < end; from += 3) {
      const group = ((bytes[from] ?? 0) << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0)
      pairs[at++] = PAIRS[group >> 12] ?? 0
      pairs[at++] = PAIRS[group & 0xfff] ?? 0
    }
    pairs[at++] = CRLF
  }
  return at
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** The two characters of each twelve bits, in this machine's order of octets. */
const PAIRS = new Uint16Array(
  Uint8Array.from({ length: 2 * 4096 }, (_, index) =>
    ALPHABET.charCodeAt(index % 2 === 0 ? index >> 7 : (index >> 1) & 63),
  ).buffer,
)

const CRLF = new Uint16Array(Uint8Array.of(0x0d, 0x0a).buffer)[0] ?? 0
