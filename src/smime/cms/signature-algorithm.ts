import { constants, type KeyObject, type SignKeyObjectInput } from 'node:crypto'
import { derNull, integer, oid, sequence, writeDer } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'

/** How content is digested before it is signed. */
export type SignatureHash = 'sha256' | 'sha384' | 'sha512'

/** How an RSA key signs: with PKCS#1 v1.5, or with the newer PSS (RFC 8017, section 8). */
export type RsaScheme = 'pkcs1' | 'pss'

/** What is wished for; what is left out goes by the key. */
export interface SignatureWishes {
  readonly hash?: SignatureHash
  readonly scheme?: RsaScheme
}

/** How one key signs. */
export interface SignatureAlgorithm {
  readonly hash: SignatureHash
  /** The AlgorithmIdentifier of a SignerInfo. */
  readonly identifier: Buffer
  /** The key, as node:crypto wants to have it. */
  readonly input: SignKeyObjectInput
}

/** The digest's AlgorithmIdentifier. Parameters are left out (RFC 5754, section 2). */
export const digestIdentifiers: Readonly<Record<SignatureHash, Buffer>> = {
  sha256: sequence(oid(oids.sha256)),
  sha384: sequence(oid(oids.sha384)),
  sha512: sequence(oid(oids.sha512)),
}

/**
 * How a key signs: RSA with PKCS#1 v1.5, which everybody reads, or on request with PSS; a key that is for PSS
 * alone with PSS; an elliptic one with ECDSA and the hash that is as strong as its curve (RFC 8551, section 2.2).
 *
 * @throws Error that says what the key cannot do
 */
export function signatureAlgorithm(key: KeyObject, { hash, scheme }: SignatureWishes): SignatureAlgorithm {
  const { hashAlgorithm, namedCurve } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType === 'ec') {
    const chosen = hash ?? curveHashes.get(namedCurve ?? '') ?? 'sha256'
    return { hash: chosen, identifier: ecdsa[chosen], input: { key } }
  }
  if (key.asymmetricKeyType === 'rsa' && scheme !== 'pss') {
    return { hash: hash ?? 'sha256', identifier: rsaPkcs1, input: { key } }
  }
  if (scheme === 'pkcs1') throw new Error('its key is for PSS alone; leave signatureScheme out')
  const wanted = hashAlgorithm === undefined ? undefined : knownHash(hashAlgorithm)
  if (hash && wanted && hash !== wanted) {
    throw new Error(`its key is for ${wanted} alone; leave signatureHash out`)
  }
  return pss(key, hash ?? wanted ?? 'sha256')
}

const curveHashes: ReadonlyMap<string, SignatureHash> = new Map([
  ['prime256v1', 'sha256'],
  ['secp384r1', 'sha384'],
  ['secp521r1', 'sha512'],
])

/** The same identifier whatever the hash, which stands in the SignerInfo already (RFC 3370, section 3.2). */
const rsaPkcs1 = sequence(oid(oids.rsaEncryption), derNull)

/** Without parameters (RFC 5758, section 3.2). */
const ecdsa: Readonly<Record<SignatureHash, Buffer>> = {
  sha256: sequence(oid(oids.ecdsaWithSha256)),
  sha384: sequence(oid(oids.ecdsaWithSha384)),
  sha512: sequence(oid(oids.ecdsaWithSha512)),
}

const hashSizes: Readonly<Record<SignatureHash, number>> = { sha256: 32, sha384: 48, sha512: 64 }

/** RSASSA-PSS with a salt as long as the hash (RFC 4056, section 3; RFC 4055, section 3.1). */
function pss(key: KeyObject, hash: SignatureHash): SignatureAlgorithm {
  const { modulusLength = 0, saltLength: leastSalt = 0 } = key.asymmetricKeyDetails ?? {}
  const saltLength = Math.max(hashSizes[hash], leastSalt)
  // RFC 8017, section 9.1.1: hash, salt and two octets have to fit.
  if (Math.ceil((modulusLength - 1) / 8) < hashSizes[hash] + saltLength + 2) {
    throw new Error(`its RSA key of ${modulusLength} bits is too short for PSS with ${hash}`)
  }
  const digest = sequence(digestOids[hash], derNull)
  const explicit = (place: number, value: Buffer) => writeDer(0xa0 + place, value)
  const parameters = sequence(
    explicit(0, digest),
    explicit(1, sequence(oid(oids.mgf1), digest)),
    explicit(2, integer(saltLength)),
  )
  return {
    hash,
    identifier: sequence(oid(oids.rsassaPss), parameters),
    input: { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength },
  }
}

const digestOids: Readonly<Record<SignatureHash, Buffer>> = {
  sha256: oid(oids.sha256),
  sha384: oid(oids.sha384),
  sha512: oid(oids.sha512),
}

function knownHash(name: string): SignatureHash {
  if (name === 'sha256' || name === 'sha384' || name === 'sha512') return name
  throw new Error(`its key is for PSS with ${name} alone, which is not used for mail`)
}
