/**
 * SHA-1 (FIPS 180-4, section 6.1.2) of a SHA-1 digest, of that again, and so on.
 *
 * PKCS#12's old schemes ask for it some hundred thousand times in a row, six times for one file. Each call of
 * node:crypto's hash costs three times the compression of the one block that it is for.
 */
export function iteratedSha1(digest: Buffer, rounds: number): Buffer {
  const words = new Int32Array(80)
  let h0 = digest.readInt32BE(0)
  let h1 = digest.readInt32BE(4)
  let h2 = digest.readInt32BE(8)
  let h3 = digest.readInt32BE(12)
  let h4 = digest.readInt32BE(16)
  for (let round = 0; round < rounds; round++) {
    // The digest, its padding, and its length of 160 bits: one block.
    words.fill(0, 6, 15)
    words[0] = h0
    words[1] = h1
    words[2] = h2
    words[3] = h3
    words[4] = h4
    words[5] = 0x80000000
    words[15] = 160
    for (let t = 16; t < 80; t++) {
      const word = at(words, t - 3) ^ at(words, t - 8) ^ at(words, t - 14) ^ at(words, t - 16)
      words[t] = (word << 1) | (word >>> 31)
    }
    let a = 0x67452301
    let b = 0xefcdab89 | 0
    let c = 0x98badcfe | 0
    let d = 0x10325476
    let e = 0xc3d2e1f0 | 0
    for (let t = 0; t < 80; t++) {
      const mixed =
        t < 20
          ? ((b & c) | (~b & d)) + 0x5a827999
          : t < 40
            ? (b ^ c ^ d) + 0x6ed9eba1
            : t < 60
              ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
              : (b ^ c ^ d) + 0xca62c1d6
      const next = (((a << 5) | (a >>> 27)) + mixed + e + at(words, t)) | 0
      e = d
      d = c
      c = (b << 30) | (b >>> 2)
      b = a
      a = next
    }
    h0 = (0x67452301 + a) | 0
    h1 = (0xefcdab89 + b) | 0
    h2 = (0x98badcfe + c) | 0
    h3 = (0x10325476 + d) | 0
    h4 = (0xc3d2e1f0 + e) | 0
  }
  const result = Buffer.alloc(20)
  for (const [index, word] of [h0, h1, h2, h3, h4].entries()) result.writeInt32BE(word, 4 * index)
  return result
}

function at(words: Int32Array, index: number): number {
  return words[index] ?? 0
}
