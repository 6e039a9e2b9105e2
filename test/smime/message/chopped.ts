import { type Bytes, bytesOf } from '../../../src/smime/encoding/bytes.js'

/** Octets that come in small pieces, as those of a large file come in large ones. */
export function chopped(octets: Buffer, size: number): Bytes {
  return {
    ...bytesOf(octets),
    *chunks() {
      for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size)
    },
  }
}
