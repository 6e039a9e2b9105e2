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
  /** The beginning of a line. */
  const begun = Buffer.alloc(OCTETS)
  let begunSize = 0
  for (const chunk of chunks) {
    const missing = begunSize === 0 ? 0 : Math.min(OCTETS - begunSize, chunk.length)
    begun.set(chunk.subarray(0, missing), begunSize)
    begunSize += missing
    if (begunSize === OCTETS) {
      at = writeLines(begun, view, at)
      begunSize = 0
    }
    const end = chunk.length - ((chunk.length - missing) % OCTETS)
    at = writeLines(chunk.subarray(missing, end), view, at)
    if (end < chunk.length) {
      begun.set(chunk.subarray(end))
      begunSize = chunk.length - end
    }
  }
  if (begunSize > 0) at += output.write(`${begun.toString('base64', 0, begunSize)}\r\n`, at, 'latin1')
  // The rest would be what was in memory before, a key perhaps.
  if (at !== output.length) throw new RangeError(`fewer than the ${size} octets came that there should be`)
  return output
}

const LINE = 76
/** Octets that fill a line. */
const OCTETS = 57

/** Writes whole lines from a place on, and returns the next. */
function writeLines(bytes: Uint8Array, output: DataView, start: number): number {
  const input = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = start
  for (let line = 0; line < bytes.length; line += OCTETS) {
    output.setUint32(at, characters(input.getUint32(line) >>> 8), true)
    at += 4
    // Three octets are read as a word of four, behind one that was there before. Three threes a turn save a quarter.
    for (let from = line + 2; from < line + OCTETS - 1; from += 9) {
      output.setUint32(at, characters(input.getUint32(from)), true)
      output.setUint32(at + 4, characters(input.getUint32(from + 3)), true)
      output.setUint32(at + 8, characters(input.getUint32(from + 6)), true)
      at += 12
    }
    output.setUint16(at, CRLF, true)
    at += 2
  }
  return at
}

/** The four characters of the lower 24 bits, the first in the lowest octet, as most processors have them. */
function characters(bits: number): number {
  return (PAIRS[(bits >>> 12) & 0xfff] ?? 0) | ((PAIRS[bits & 0xfff] ?? 0) << 16)
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** The two characters of each twelve bits: a table that a processor's first cache holds beside what is read and written. */
const PAIRS = Uint16Array.from(
  { length: 4096 },
  (_, bits) => ALPHABET.charCodeAt(bits >> 6) | (ALPHABET.charCodeAt(bits & 63) << 8),
)

const CRLF = 0x0a0d
