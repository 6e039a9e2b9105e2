/** SHA-256 (FIPS 180-4, section 6.2.2) of a SHA-256 digest, of that again, and so on. See `iteratedSha1`. */
export function iteratedSha256(digest: Buffer, rounds: number): Buffer {
  const words = new Int32Array(64)
  const state = Int32Array.from({ length: 8 }, (_, index) => digest.readInt32BE(4 * index))
  for (let round = 0; round < rounds; round++) {
    // The digest, its padding, and its length of 256 bits: one block.
    words.fill(0, 8, 16)
    words.set(state)
    words[8] = 0x80000000
    words[15] = 256
    compress(words, state)
  }
  const result = Buffer.alloc(32)
  for (const [index, word] of state.entries()) result.writeInt32BE(word, 4 * index)
  return result
}

/** The first block's digest, since there is no other. */
function compress(words: Int32Array, state: Int32Array): void {
  for (let t = 16; t < 64; t++) {
    const w15 = at(words, t - 15)
    const w2 = at(words, t - 2)
    const s0 = ((w15 >>> 7) | (w15 << 25)) ^ ((w15 >>> 18) | (w15 << 14)) ^ (w15 >>> 3)
    const s1 = ((w2 >>> 17) | (w2 << 15)) ^ ((w2 >>> 19) | (w2 << 13)) ^ (w2 >>> 10)
    words[t] = (at(words, t - 16) + s0 + at(words, t - 7) + s1) | 0
  }
  let a = at(initial, 0)
  let b = at(initial, 1)
  let c = at(initial, 2)
  let d = at(initial, 3)
  let e = at(initial, 4)
  let f = at(initial, 5)
  let g = at(initial, 6)
  let h = at(initial, 7)
  for (let t = 0; t < 64; t++) {
    const sum1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
    const sum0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
    const first = (h + sum1 + ((e & f) ^ (~e & g)) + at(constants, t) + at(words, t)) | 0
    const second = (sum0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + second) | 0
  }
  state[0] = at(initial, 0) + a
  state[1] = at(initial, 1) + b
  state[2] = at(initial, 2) + c
  state[3] = at(initial, 3) + d
  state[4] = at(initial, 4) + e
  state[5] = at(initial, 5) + f
  state[6] = at(initial, 6) + g
  state[7] = at(initial, 7) + h
}

function at(words: Int32Array, index: number): number {
  return words[index] ?? 0
}

/** The first 64 primes: the constants are the fractions of their roots (sections 4.2.2 and 5.3.3). */
const primes = Array.from({ length: 310 }, (_, index) => index + 2).filter((candidate, _, all) =>
  all.every((smaller) => smaller >= candidate || candidate % smaller !== 0),
)
const initial = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)))
const constants = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)))

function fraction(root: number): number {
  return Math.floor((root % 1) * 2 ** 32) | 0
}
