import { createDecipheriv, pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import rc2 from 'node-forge/lib/rc2.js'
import forgeUtil from 'node-forge/lib/util.js'
import { childOf, countOf, type DerValue, octetsOf, oidOf, readDer, tags } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'
import { derivePkcs12Key, type Pkcs12Hash, pkcs12Purpose } from './pkcs12-kdf.js'

/** A passphrase, and how much work trying it may still cost. */
export interface Unlocking {
  /** Null for none at all, which PKCS#12 tells from an empty one. */
  passphrase: string | null
  /** The rounds of key derivation that are left. A file that asks for more is refused. */
  iterationsLeft: number
}

/**
 * Six seconds' work at worst (2.5 microseconds each, measured with PKCS#12's own derivation). The most careful
 * tools ask for 600,000, and that three times: for the MAC, the certificates and the key, or a fourth time to try
 * no passphrase.
 */
const mostIterations = 2_500_000

/** The passphrase does not open what it should. Never says which it was. */
export class WrongPassphraseError extends Error {
  override readonly name = 'WrongPassphraseError'
}

/** A passphrase to try on one file. */
export function unlocking(passphrase: string | null): Unlocking {
  return { passphrase, iterationsLeft: mostIterations }
}

/** Takes that much from what the file's work may cost. */
export function spendIterations(unlocking: Unlocking, iterations: number): number {
  if (iterations < 1) throw new Error('it asks for a key derived in no rounds')
  assertAffordable(unlocking, iterations)
  unlocking.iterationsLeft -= iterations
  return iterations
}

/** Refuses work that is beyond what is left, before any of it is done. */
export function assertAffordable({ iterationsLeft }: Unlocking, iterations: number): void {
  if (iterations <= iterationsLeft) return
  throw new Error(`it asks for more than ${mostIterations.toLocaleString('en')} rounds of key derivation`)
}

/** The rounds that decrypting by this algorithm will take; 0 for one that is not known. */
export function iterationsOf(algorithm: DerValue): number {
  const id = oidOf(childOf(algorithm, 0))
  const parameters = childOf(algorithm, 1)
  const scheme = pkcs12Schemes.get(id)
  if (scheme) return countOf(childOf(parameters, 1)) * (sha1Blocks(scheme.keyLength) + 1)
  const derivation = id === oids.pbes2 ? childOf(parameters, 0) : null
  if (!derivation || oidOf(childOf(derivation, 0)) !== oids.pbkdf2) return 0
  return countOf(childOf(childOf(derivation, 1), 1))
}

/** PKCS#12 derives longer keys piece by piece, each in all the rounds. */
function sha1Blocks(length: number): number {
  return Math.ceil(length / 20)
}

/**
 * Decrypts what a passphrase protects: by PBES2 (RFC 8018, section 6.2), which all tools write today, or by the
 * schemes of PKCS#12 (RFC 7292, appendix C), which older ones and `openssl pkcs12 -legacy` write. What comes out
 * is DER, or the passphrase was wrong.
 */
export async function decryptWithPassphrase(
  algorithm: DerValue,
  ciphertext: Buffer,
  unlocking: Unlocking,
): Promise<DerValue> {
  const decrypt = await decryption(algorithm, unlocking)
  try {
    return readDer(decrypt(ciphertext))
  } catch {
    // One wrong passphrase in 256 ends in what looks like right padding, and then in noise.
    throw new WrongPassphraseError('the passphrase does not decrypt it')
  }
}

type Decrypt = (ciphertext: Buffer) => Buffer

async function decryption(algorithm: DerValue, unlocking: Unlocking): Promise<Decrypt> {
  const id = oidOf(childOf(algorithm, 0))
  const parameters = childOf(algorithm, 1, tags.sequence)
  if (id === oids.pbes2) return await pbes2(parameters, unlocking)
  const scheme = pkcs12Schemes.get(id)
  if (!scheme) throw unsupported('encryption', id)
  const salt = octetsOf(childOf(parameters, 0, tags.octetString))
  const rounds = countOf(childOf(parameters, 1))
  const derive = (purpose: number, length: number) => {
    spendIterations(unlocking, rounds * sha1Blocks(length))
    return derivePkcs12Key('sha1', unlocking.passphrase, salt, purpose, rounds, length)
  }
  const key = await derive(pkcs12Purpose.key, scheme.keyLength)
  return scheme.decryption(key, await derive(pkcs12Purpose.iv, 8))
}

interface Pkcs12Scheme {
  readonly keyLength: number
  readonly decryption: (key: Buffer, iv: Buffer) => Decrypt
}

const pkcs12Schemes: ReadonlyMap<string, Pkcs12Scheme> = new Map([
  [oids.pbeSha1TripleDes3, { keyLength: 24, decryption: (key, iv) => cbc('des-ede3-cbc', key, iv) }],
  [oids.pbeSha1TripleDes2, { keyLength: 16, decryption: (key, iv) => cbc('des-ede-cbc', key, iv) }],
  [oids.pbeSha1Rc2128, { keyLength: 16, decryption: rc2Cbc }],
  [oids.pbeSha1Rc240, { keyLength: 5, decryption: rc2Cbc }],
])

async function pbes2(parameters: DerValue, unlocking: Unlocking): Promise<Decrypt> {
  const [derivation, encryption] = [childOf(parameters, 0), childOf(parameters, 1)]
  const cipherId = oidOf(childOf(encryption, 0))
  const cipher = pbes2Ciphers.get(cipherId)
  if (!cipher) throw unsupported('cipher', cipherId)
  const derivationId = oidOf(childOf(derivation, 0))
  if (derivationId !== oids.pbkdf2) throw unsupported('key derivation', derivationId)

  // PBKDF2-params (RFC 8018, appendix A.2): salt, count, key length OPTIONAL, PRF DEFAULT HMAC with SHA-1.
  const pbkdf2Parameters = childOf(derivation, 1, tags.sequence)
  const salt = octetsOf(childOf(pbkdf2Parameters, 0, tags.octetString))
  const rounds = spendIterations(unlocking, countOf(childOf(pbkdf2Parameters, 1)))
  const prf = pbkdf2Parameters.children.find(({ tag }) => tag === tags.sequence)
  const prfId = prf ? oidOf(childOf(prf, 0)) : oids.hmacSha1
  const hash = pbkdf2Hashes.get(prfId)
  if (!hash) throw unsupported('key derivation', prfId)
  // The passphrase in UTF-8, whatever its letters (RFC 8018, section 3).
  const key = await pbkdf2Async(unlocking.passphrase ?? '', salt, rounds, cipher.keyLength, hash)
  return cbc(cipher.name, key, octetsOf(childOf(encryption, 1, tags.octetString)))
}

const pbkdf2Async = promisify(pbkdf2)

const pbes2Ciphers: ReadonlyMap<string, { name: string; keyLength: number }> = new Map([
  [oids.aes128Cbc, { name: 'aes-128-cbc', keyLength: 16 }],
  [oids.aes192Cbc, { name: 'aes-192-cbc', keyLength: 24 }],
  [oids.aes256Cbc, { name: 'aes-256-cbc', keyLength: 32 }],
  [oids.tripleDesCbc, { name: 'des-ede3-cbc', keyLength: 24 }],
])

const pbkdf2Hashes: ReadonlyMap<string, Pkcs12Hash> = new Map([
  [oids.hmacSha1, 'sha1'],
  [oids.hmacSha224, 'sha224'],
  [oids.hmacSha256, 'sha256'],
  [oids.hmacSha384, 'sha384'],
  [oids.hmacSha512, 'sha512'],
])

function cbc(cipher: string, key: Buffer, iv: Buffer): Decrypt {
  return (ciphertext) => {
    const decipher = createDecipheriv(cipher, key, iv)
    return Buffer.concat([decipher.update(ciphertext), decipher.final()])
  }
}

/** RC2 by forge: OpenSSL 3, and Node with it, keeps it in a provider that is not loaded. */
function rc2Cbc(key: Buffer, iv: Buffer): Decrypt {
  return (ciphertext) => {
    const decipher = rc2.createDecryptionCipher(key.toString('latin1'), key.length * 8)
    decipher.start(iv.toString('latin1'))
    decipher.update(forgeUtil.createBuffer(ciphertext.toString('latin1')))
    if (!decipher.finish()) throw new Error('bad padding')
    return Buffer.from(decipher.output.getBytes(), 'latin1')
  }
}

function unsupported(what: string, id: string): Error {
  return new Error(`its ${what} (${id}) is not supported; convert it with a current openssl`)
}
