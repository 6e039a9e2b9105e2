import type { KeyObject } from 'node:crypto'
import { randomBytes } from 'node:crypto'
import { childOf, type DerValue, octetsOf, oidOf, tags } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'
import { type AgreementScheme, agreedKey, keyAtPoint } from '../keys/agreed-key.js'
import { unwrapKey } from '../keys/key-wrap.js'
import { decryptOaep, decryptPkcs1, type OaepParameters } from '../keys/rsa-unpad.js'
import { type DigestName, digestOf, maskDigestOf } from '../keys/signature-scheme.js'
import type { KeyAgreement, KeyTransport } from './read-enveloped-data.js'

/**
 * The key of the content, as the holder of a private key gets it. Where what came is no such key, a random one:
 * nobody learns from here what was wrong with it.
 *
 * @throws Error for an algorithm that is not known here, or not of that kind of key
 */
export function contentKey(
  recipient: KeyTransport | KeyAgreement,
  key: KeyObject,
  keyLength: number,
): Buffer {
  const isRsa = key.asymmetricKeyType === 'rsa'
  if (isRsa !== (recipient.kind === 'transport'))
    throw new Error('the key was encrypted in a way that does not go with the certificate')
  if (recipient.kind === 'agreement') return agreed(recipient, key, keyLength)
  const id = oidOf(childOf(recipient.algorithm, 0))
  if (id === oids.rsaEncryption) return decryptPkcs1(key, recipient.encryptedKey, keyLength)
  if (id === oids.rsaesOaep) {
    const parameters = oaepParameters(recipient.algorithm.children[1])
    return decryptOaep(key, recipient.encryptedKey, keyLength, parameters)
  }
  throw new Error(`the key was encrypted with an algorithm that is not known here (${id})`)
}

/** RSAES-OAEP-params (RFC 4055, section 4.1), all with defaults. */
function oaepParameters(parameters: DerValue | undefined): OaepParameters {
  const given = parameters?.tag === tags.sequence ? parameters.children : []
  const explicit = (tag: number) => given.find((child) => child.tag === tag)
  const [hash, mask, source] = [0xa0, 0xa1, 0xa2].map(explicit)
  const digest = hash ? digestOf(childOf(hash, 0)) : 'sha1'
  const maskDigest = mask ? maskDigestOf(childOf(mask, 0)) : 'sha1'
  const label = source ? octetsOf(childOf(childOf(source, 0), 1)) : Buffer.alloc(0)
  if (!digest || !maskDigest) throw new Error('the key was encrypted with a digest that is not known here')
  return { digest, maskDigest, label }
}

const agreementDigests: Readonly<Record<string, DigestName>> = {
  [oids.ecdhSha1]: 'sha1',
  [oids.ecdhSha224]: 'sha224',
  [oids.ecdhSha256]: 'sha256',
  [oids.ecdhSha384]: 'sha384',
  [oids.ecdhSha512]: 'sha512',
}
const wrapLengths: Readonly<Record<string, AgreementScheme['wrapKeyLength']>> = {
  [oids.aes128Wrap]: 16,
  [oids.aes192Wrap]: 24,
  [oids.aes256Wrap]: 32,
}

function agreed(recipient: KeyAgreement, key: KeyObject, keyLength: number): Buffer {
  const { algorithm, originatorKey, keyingMaterial, encryptedKey } = recipient
  const id = oidOf(childOf(algorithm, 0))
  const wrapAlgorithm = childOf(algorithm, 1, tags.sequence)
  const digest = agreementDigests[id]
  const wrapKeyLength = wrapLengths[oidOf(childOf(wrapAlgorithm, 0))]
  if (!digest || !wrapKeyLength)
    throw new Error(`the key was agreed on with an algorithm that is not known here (${id})`)
  if (!originatorKey) throw new Error("the sender's key for the agreement is not in the message")
  try {
    const scheme = { digest, wrapAlgorithm: wrapAlgorithm.raw, wrapKeyLength }
    const publicKey = keyAtPoint(key, originatorKey)
    const unwrapped = unwrapKey(agreedKey(key, publicKey, keyingMaterial, scheme), encryptedKey)
    if (unwrapped.length === keyLength) return unwrapped
  } catch {
    // A point that is not on the curve, or another key: told no differently from content that is noise.
  }
  return randomBytes(keyLength)
}
