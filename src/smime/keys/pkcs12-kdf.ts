import { hash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { iteratedSha1 } from './iterated-sha1.js'
import { iteratedSha256 } from './iterated-sha256.js'

/** What a derived key is for (RFC 7292, appendix B.3). */
export const pkcs12Purpose = { key: 1, iv: 2, mac: 3 } as const

/** The hashes that PKCS#12 files use here. */
export type Pkcs12Hash = 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512' | 'sha512-224' | 'sha512-256'

/** After so many rounds other work gets its turn. */
const roundsAtATime = 20_000

/**
 * Derives a key from a passphrase as PKCS#12 does (RFC 7292, appendix B.2). Not with forge's, which takes many
 * times as long: files made today ask for many rounds.
 *
 * A null passphrase is no passphrase at all, which is not the same as an empty one.
 */
export async function derivePkcs12Key(
  algorithm: Pkcs12Hash,
  passphrase: string | null,
  salt: Buffer,
  purpose: number,
  iterations: number,
  length: number,
): Promise<Buffer> {
  const block = algorithm === 'sha384' || algorithm.startsWith('sha512') ? 128 : 64
  const diversifier = Buffer.alloc(block, purpose)
  const input = Buffer.concat([stretch(salt, block), stretch(bmpString(passphrase), block)])
  const output: Buffer[] = []
  for (let made = 0; made < length; ) {
    let digest: Buffer = hash(algorithm, Buffer.concat([diversifier, input]), 'buffer')
    for (let left = iterations - 1; left > 0; left -= roundsAtATime) {
      digest = iterated(algorithm, digest, Math.min(left, roundsAtATime))
      await setImmediate()
    }
    output.push(digest)
    made += digest.length
    addToEach(input, stretch(digest, block).subarray(0, block))
  }
  return Buffer.concat(output).subarray(0, length)
}

function iterated(algorithm: Pkcs12Hash, digest: Buffer, rounds: number): Buffer {
  if (algorithm === 'sha1') return iteratedSha1(digest, rounds)
  if (algorithm === 'sha256') return iteratedSha256(digest, rounds)
  let current: Buffer = digest
  for (let round = 0; round < rounds; round++) current = hash(algorithm, current, 'buffer')
  return current
}

/** The passphrase in UTF-16, most significant octet first, and a zero (RFC 7292, appendix B.1). */
function bmpString(passphrase: string | null): Buffer {
  return passphrase === null ? Buffer.alloc(0) : Buffer.from(`${passphrase}\0`, 'utf16le').swap16()
}

/** Repeats bytes until they fill whole blocks; nothing stays nothing. */
function stretch(bytes: Buffer, block: number): Buffer {
  return Buffer.alloc(Math.ceil(bytes.length / block) * block, bytes)
}

/** Adds `addend + 1` to every block of `blocks`, each taken as one number (step 6c). */
function addToEach(blocks: Buffer, addend: Buffer): void {
  for (let start = 0; start < blocks.length; start += addend.length) {
    let carry = 1
    for (let index = addend.length - 1; index >= 0; index--) {
      carry += (blocks[start + index] ?? 0) + (addend[index] ?? 0)
      blocks[start + index] = carry & 0xff
      carry >>= 8
    }
  }
}
