/** PKCS#12 files as no tool at hand writes them, made from those that openssl writes. */
import { createHmac, pbkdf2Sync } from 'node:crypto'
import { type DerValue, readDer } from '../../../src/smime/encoding/der.js'

/** The same file, in lengths without end and strings in pieces, as writers that stream leave it (X.690, 8.1.3.6). */
export function asBer(file: Uint8Array): Buffer {
  return indefinite(readDer(file))
}

/** The same file without its MAC. */
export function withoutMac(file: Uint8Array): Buffer {
  const [version, authSafe] = readDer(file).children
  return sequence(raw(version), raw(authSafe))
}

/** The same file with PBMAC1 (RFC 9579) in the place of its MAC. */
export function withPbmac1(
  file: Uint8Array,
  passphrase: string,
  { prf = 9, mac = 9, iterations = 2048 } = {},
): Buffer {
  const [version, authSafe] = readDer(file).children
  const safe = authSafe?.children[1]?.children[0]?.content ?? Buffer.alloc(0)
  const salt = Buffer.from('0123456789abcdef', 'hex')
  const key = pbkdf2Sync(passphrase, salt, iterations, 32, hashes[prf] ?? '')
  const count = Buffer.from([0x02, 0x02, iterations >> 8, iterations & 0xff])
  const derivation = sequence(
    Buffer.from('06092a864886f70d01050c', 'hex'),
    sequence(value(0x04, salt), count, Buffer.from('020120', 'hex'), hmac(prf)),
  )
  const algorithm = sequence(Buffer.from('06092a864886f70d01050e', 'hex'), sequence(derivation, hmac(mac)))
  const digest = createHmac(hashes[mac] ?? '', key)
    .update(safe)
    .digest()
  // Salt and rounds of MacData itself mean nothing here.
  const macData = sequence(sequence(algorithm, value(0x04, digest)), value(0x04, Buffer.from('unused')))
  return sequence(raw(version), raw(authSafe), macData)
}

/** By the last arc of their HMACs' object identifiers. */
const hashes: Readonly<Record<number, string>> = { 7: 'sha1', 9: 'sha256', 10: 'sha384', 11: 'sha512' }

function hmac(arc: number): Buffer {
  return sequence(
    Buffer.from(`06082a864886f70d02${arc.toString(16).padStart(2, '0')}`, 'hex'),
    Buffer.from('0500', 'hex'),
  )
}

function indefinite({ tag, raw, content, children }: DerValue): Buffer {
  const end = Buffer.alloc(2)
  if (tag === 0x04 && content.length > 100) {
    const half = content.length >> 1
    const pieces = [content.subarray(0, half), content.subarray(half)].map((piece) => value(0x04, piece))
    return Buffer.concat([Buffer.from([0x24, 0x80]), ...pieces, end])
  }
  if (children.length === 0) return raw
  return Buffer.concat([Buffer.from([tag, 0x80]), ...children.map(indefinite), end])
}

function sequence(...contents: Buffer[]): Buffer {
  return value(0x30, Buffer.concat(contents))
}

function value(tag: number, content: Uint8Array): Buffer {
  const { length } = content
  const header =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...header]), content])
}

function raw(part: DerValue | undefined): Buffer {
  return part?.raw ?? Buffer.alloc(0)
}
