/** Octets where they lie, in memory or in a file, to be read as far as somebody asks for them. */
export interface Bytes {
  readonly length: number
  /** One of them; undefined beyond their end. */
  octet(at: number): number | undefined
  /** Some of them, in memory. */
  read(start: number, end: number): Buffer
  /** Some of them, where they lie: nothing is read or copied. */
  part(start: number, end?: number): Bytes
  /** All of them in order, in pieces that stay as they are. */
  chunks(): Iterable<Buffer> | AsyncIterable<Buffer>
  /** Where a text begins, from a place on; -1 where it does not. */
  indexOf(text: Buffer, from: number): number | Promise<number>
}

/** Octets that are in memory; what is read of them are views. */
export function bytesOf(octets: Uint8Array): Bytes {
  const buffer = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
  return {
    length: buffer.length,
    octet: (at) => buffer[at],
    read: (start, end) => buffer.subarray(start, end),
    part: (start, end) => bytesOf(buffer.subarray(start, end)),
    chunks: () => [buffer],
    indexOf: (text, from) => buffer.indexOf(text, from),
  }
}
