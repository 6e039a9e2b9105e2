import { createHash, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto'
import { childOf, octetString, readDer, sequence, tags, writeDer } from '../encoding/der.js'
import type { DigestName } from './signature-scheme.js'

/** How a key agreement turns a shared secret into the key that wraps the content's (RFC 5753, section 7.2). */
export interface AgreementScheme {
  readonly digest: DigestName
  /** The AlgorithmIdentifier of the key wrap, as it stands in the message. */
  readonly wrapAlgorithm: Buffer
  /** The length of the wrapping key, in octets. */
  readonly wrapKeyLength: 16 | 24 | 32
}

/**
 * The key that wraps the content's, from one's own key and the other's: ECDH, then X9.63's derivation over the
 * ECC-CMS-SharedInfo (RFC 5753). Both sides come to the same.
 *
 * @param keyingMaterial - the user keying material, an OCTET STRING in DER, or null
 */
export function agreedKey(
  privateKey: KeyObject,
  publicKey: KeyObject,
  keyingMaterial: Buffer | null,
  { digest, wrapAlgorithm, wrapKeyLength }: AgreementScheme,
): Buffer {
  const secret = diffieHellman({ privateKey, publicKey })
  const bits = Buffer.alloc(4)
  bits.writeUInt32BE(wrapKeyLength * 8)
  const sharedInfo = sequence(
    wrapAlgorithm,
    ...(keyingMaterial ? [writeDer(tags.context0, keyingMaterial)] : []),
    writeDer(0xa2, octetString(bits)),
  )
  return derive(digest, secret, sharedInfo, wrapKeyLength)
}

/**
 * The public key with a point on the curve of a private key.
 *
 * @throws Error where the point is none on that curve
 */
export function keyAtPoint(privateKey: KeyObject, point: Buffer): KeyObject {
  const own = readDer(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }))
  const info = sequence(childOf(own, 0).raw, writeDer(tags.bitString, Buffer.from([0]), point))
  return createPublicKey({ key: info, format: 'der', type: 'spki' })
}

/** ANSI X9.63's key derivation (SEC 1, section 3.6.1). */
function derive(digest: DigestName, secret: Buffer, sharedInfo: Buffer, length: number): Buffer {
  const blocks: Buffer[] = []
  let made = 0
  for (let counter = 1; made < length; counter++) {
    const number = Buffer.alloc(4)
    number.writeUInt32BE(counter)
    const block = createHash(digest).update(secret).update(number).update(sharedInfo).digest()
    blocks.push(block)
    made += block.length
  }
  return Buffer.concat(blocks, length)
}
