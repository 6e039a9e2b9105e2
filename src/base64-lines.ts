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
 * Written four characters at a time, lines and all: Node's own base64 knows no lines. Putting them in afterwards takes
 * as long as this, and leaves behind strings of the same size for the garbage collector.
 */
export function encodeChunksInBase64Lines({ size, chunks }: SizedChunks): Buffer {
  const encodedSize = Math.ceil(size / 3) * 4
  const output = Buffer.allocUnsafeSlow(encodedSize + Math.ceil(encodedSize / LINE) * 2)
  const view = new DataView(output.buffer)
  let at = 0
  let rest: Uint8Array = new Uint8Array()
  for (const piece of wholeLines(chunks)) {
    rest = piece.subarray(piece.length - (piece.length % OCTETS))
    at = writeLines(piece.subarray(0, piece.length - rest.length), view, at)
  }
  if (rest.length > 0) output.write(`${Buffer.from(rest).toString('base64')}\r\n`, at, 'latin1')
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
function writeLines(bytes: Uint8Array, output: DataView, start: number): number {
  const input = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = start
  for (let line = 0; line < bytes.length; line += OCTETS) {
    output.setUint32(at, characters(input.getUint32(line) >>> 8))
    at += 4
    // Three octets are read as a word of four, behind one that was there before. Three threes a turn save a quarter.
    for (let from = line + 2; from < line + OCTETS - 1; from += 9) {
      output.setUint32(at, characters(input.getUint32(from)))
      output.setUint32(at + 4, characters(input.getUint32(from + 3)))
      output.setUint32(at + 8, characters(input.getUint32(from + 6)))
      at += 12
    }
    output.setUint16(at, CRLF)
    at += 2
  }
  return at
}

/** The four characters of the lower 24 bits. */
function characters(bits: number): number {
  return (FIRST_PAIRS[(bits >>> 12) & 0xfff] ?? 0) | (LAST_PAIRS[bits & 0xfff] ?? 0)
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** The two characters of each twelve bits, as the last two of four. */
const LAST_PAIRS = Uint32Array.from(
  { length: 4096 },
  (_, bits) => (ALPHABET.charCodeAt(bits >> 6) << 8) | ALPHABET.charCodeAt(bits & 63),
)
/** And as the first two. */
const FIRST_PAIRS = LAST_PAIRS.map((pair) => pair << 16)

const CRLF = 0x0d0a
