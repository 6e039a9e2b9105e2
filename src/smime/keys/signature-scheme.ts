import { constants, createVerify, type KeyObject, type VerifyKeyObjectInput, verify } from 'node:crypto'
import { childOf, countOf, type DerValue, oidOf, tags } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'

/** The digests that signatures are made of, by node:crypto's names. */
export type DigestName = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'

const digests: Readonly<Record<string, DigestName>> = {
  [oids.md5]: 'md5',
  [oids.sha1]: 'sha1',
  [oids.sha224]: 'sha224',
  [oids.sha256]: 'sha256',
  [oids.sha384]: 'sha384',
  [oids.sha512]: 'sha512',
}

/** The digest that an AlgorithmIdentifier names, or null for an unknown one. */
export function digestOf(algorithm: DerValue): DigestName | null {
  return digests[oidOf(childOf(algorithm, 0))] ?? null
}

/** A way to sign, and the digest in it. */
export interface SignatureScheme {
  /** For people: `RSASSA-PSS with SHA-256`. */
  readonly name: string
  /** Null where the scheme has one of its own (EdDSA). */
  readonly digest: DigestName | null
  /** Whether the signature is that of this key over the data. */
  fits(key: KeyObject, data: Buffer, signature: Buffer): boolean
  /** The same of data that come piece by piece; null where they have to be there as a whole (EdDSA). */
  readonly start: (() => SignatureCheck) | null
}

/** A check of a signature over data that come piece by piece. */
export interface SignatureCheck {
  update(chunk: Buffer): void
  /** Once all are there. */
  fits(key: KeyObject, signature: Buffer): boolean
}

const rsa: Readonly<Record<string, DigestName>> = {
  [oids.sha1WithRsa]: 'sha1',
  [oids.sha224WithRsa]: 'sha224',
  [oids.sha256WithRsa]: 'sha256',
  [oids.sha384WithRsa]: 'sha384',
  [oids.sha512WithRsa]: 'sha512',
}

const ecdsa: Readonly<Record<string, DigestName>> = {
  [oids.ecdsaWithSha1]: 'sha1',
  [oids.ecdsaWithSha224]: 'sha224',
  [oids.ecdsaWithSha256]: 'sha256',
  [oids.ecdsaWithSha384]: 'sha384',
  [oids.ecdsaWithSha512]: 'sha512',
}

/**
 * The scheme that an AlgorithmIdentifier names (RFC 5754, RFC 4056, RFC 8419), or null for an unknown one.
 *
 * @param digest - that of a CMS signer, where the algorithm alone names the kind of key (RFC 3370, section 3.2)
 */
export function readSignatureScheme(algorithm: DerValue, digest: DigestName | null): SignatureScheme | null {
  const id = oidOf(childOf(algorithm, 0))
  if (id === oids.rsassaPss) return pssScheme(algorithm.children[1])
  const rsaDigest = id === oids.rsaEncryption ? digest : rsa[id]
  if (rsaDigest) {
    const padding = constants.RSA_PKCS1_PADDING
    return scheme(`RSASSA-PKCS1-v1_5 with ${nameOf(rsaDigest)}`, rsaDigest, ['rsa'], { padding })
  }
  const ecDigest = id === oids.ecPublicKey ? digest : ecdsa[id]
  if (ecDigest) return scheme(`ECDSA with ${nameOf(ecDigest)}`, ecDigest, ['ec'], {})
  // Ed448 goes with SHAKE256 (RFC 8419, section 2.3), which is not among the digests here.
  return id === oids.ed25519 ? scheme('Ed25519', null, ['ed25519'], {}) : null
}

function scheme(
  name: string,
  digest: DigestName | null,
  keyTypes: readonly string[],
  options: { padding?: number; saltLength?: number },
): SignatureScheme {
  const unlessAlien = (key: KeyObject, check: (input: VerifyKeyObjectInput) => boolean) => {
    if (!keyTypes.includes(key.asymmetricKeyType ?? '')) return false
    try {
      return check({ key, ...options })
    } catch {
      // A signature of a length or form that the key cannot have made.
      return false
    }
  }
  const start = (algorithm: DigestName): SignatureCheck => {
    const running = createVerify(algorithm)
    return {
      update: (chunk) => {
        running.update(chunk)
      },
      fits: (key, signature) => unlessAlien(key, (input) => running.verify(input, signature)),
    }
  }
  return {
    name,
    digest,
    fits: (key, data, signature) => unlessAlien(key, (input) => verify(digest, data, input, signature)),
    start: digest === null ? null : () => start(digest),
  }
}

/** RSASSA-PSS-params (RFC 4055, section 3.1), all with defaults. Two different digests are not taken. */
function pssScheme(parameters: DerValue | undefined): SignatureScheme | null {
  const given = parameters?.tag === tags.sequence ? parameters.children : []
  const explicit = (tag: number) => given.find((child) => child.tag === tag)
  const [hash, mask, salt, trailer] = [0xa0, 0xa1, 0xa2, 0xa3].map(explicit)
  const digest = hash ? digestOf(childOf(hash, 0)) : 'sha1'
  const maskDigest = mask ? maskDigestOf(childOf(mask, 0)) : 'sha1'
  const saltLength = salt ? countOf(childOf(salt, 0)) : 20
  const trailerField = trailer ? countOf(childOf(trailer, 0)) : 1
  if (!digest || digest !== maskDigest || trailerField !== 1 || saltLength > 512) return null
  const options = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }
  return scheme(`RSASSA-PSS with ${nameOf(digest)}`, digest, ['rsa', 'rsa-pss'], options)
}

/** The digest of MGF1, or null for another mask generation. */
export function maskDigestOf(algorithm: DerValue): DigestName | null {
  return oidOf(childOf(algorithm, 0)) === oids.mgf1 ? digestOf(childOf(algorithm, 1)) : null
}

/** `SHA-256`. */
export function nameOf(digest: DigestName): string {
  return digest === 'md5' ? 'MD5' : `SHA-${digest.slice(3)}`
}
