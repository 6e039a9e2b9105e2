/**
 * Takes the padding off a key that was encrypted with RSA, without telling anybody whether it was right: a sender
 * who learns that decrypts messages that are not theirs (Bleichenbacher, Manger; RFC 3218). Whatever is wrong,
 * what comes out is a key: a random one, under which the content turns out to be noise.
 */
import { constants, createHash, type KeyObject, privateDecrypt, randomBytes } from 'node:crypto'
import type { DigestName } from './signature-scheme.js'

/** The padded octets under a key, or noise where the ciphertext cannot be one of this key's. */
function rawDecrypt(key: KeyObject, encrypted: Buffer): Buffer {
  const size = Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8)
  // Some leave out zeros at its beginning.
  const padded = Buffer.alloc(size)
  if (encrypted.length <= size) encrypted.copy(padded, size - encrypted.length)
  try {
    return privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, padded)
  } catch {
    // Larger than the modulus, which the sender knows as well as we do.
    return randomBytes(size)
  }
}

/** RSAES-PKCS1-v1_5 (RFC 8017, section 7.2.2): 00 02, at least eight octets that are not zero, 00, the key. */
export function decryptPkcs1(key: KeyObject, encrypted: Buffer, keyLength: number): Buffer {
  const fallback = randomBytes(keyLength)
  const padded = rawDecrypt(key, encrypted)
  const start = padded.length - keyLength
  if (start < 11) return fallback
  let wrong = (padded[0] ?? 0) | ((padded[1] ?? 0) ^ 2) | (padded[start - 1] ?? 1)
  for (let at = 2; at < start - 1; at++) wrong |= isZero(padded[at] ?? 0)
  return choose(wrong, fallback, padded.subarray(start))
}

/** RSAES-OAEP (RFC 8017, section 7.1.2) with any pair of digests, which node:crypto's own does not have. */
export function decryptOaep(
  key: KeyObject,
  encrypted: Buffer,
  keyLength: number,
  { digest, maskDigest, label }: OaepParameters,
): Buffer {
  const fallback = randomBytes(keyLength)
  const padded = rawDecrypt(key, encrypted)
  const labelHash = createHash(digest).update(label).digest()
  const size = labelHash.length
  const start = padded.length - keyLength
  if (start < 2 * size + 2) return fallback
  const [maskedSeed, maskedBlock] = [padded.subarray(1, size + 1), padded.subarray(size + 1)]
  const seed = xor(maskedSeed, maskOf(maskDigest, maskedBlock, size))
  const block = xor(maskedBlock, maskOf(maskDigest, seed, maskedBlock.length))
  // The label's hash, zeros, 01, and the key at the end, since its length is known.
  let wrong = padded[0] ?? 1
  for (let at = 0; at < size; at++) wrong |= (block[at] ?? 0) ^ (labelHash[at] ?? 0)
  const one = block.length - keyLength - 1
  for (let at = size; at < one; at++) wrong |= block[at] ?? 1
  wrong |= (block[one] ?? 0) ^ 1
  return choose(wrong, fallback, block.subarray(one + 1))
}

/** What RSAES-OAEP-params say (RFC 4055, section 4.1). */
export interface OaepParameters {
  readonly digest: DigestName
  readonly maskDigest: DigestName
  readonly label: Buffer
}

/** MGF1 (RFC 8017, section B.2.1). */
function maskOf(digest: DigestName, seed: Buffer, length: number): Buffer {
  const blocks: Buffer[] = []
  let made = 0
  for (let counter = 0; made < length; counter++) {
    const number = Buffer.alloc(4)
    number.writeUInt32BE(counter)
    const block = createHash(digest).update(seed).update(number).digest()
    blocks.push(block)
    made += block.length
  }
  return Buffer.concat(blocks, length)
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((octet, at) => octet ^ (b[at] ?? 0)))
}

/** 1 for zero and 0 for any other octet, without a branch. */
function isZero(octet: number): number {
  return ((octet - 1) >>> 8) & 1
}

/** The first where anything was wrong, else the second, in the same steps. */
function choose(wrong: number, fallback: Buffer, key: Buffer): Buffer {
  // All ones where wrong is not zero.
  const mask = -(((wrong | -wrong) >>> 31) & 1)
  return Buffer.from(fallback.map((octet, at) => (octet & mask) | ((key[at] ?? 0) & ~mask)))
}
