import { childOf, type DerValue, octetsOf, oidOf, readDer, tags } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'
import { cbc, type Decrypt } from './decrypt-cbc.js'
import { derivationIterations, deriveKey } from './key-derivation.js'
import { pkcs12Decryption, pkcs12Schemes, schemeIterations } from './pkcs12-schemes.js'
import { type Unlocking, unsupported, WrongPassphraseError } from './unlocking.js'

/** The rounds that decrypting by this algorithm will take; 0 for one that is not known. */
export function iterationsOf(algorithm: DerValue): number {
  const id = oidOf(childOf(algorithm, 0))
  const scheme = pkcs12Schemes.get(id)
  if (scheme) return schemeIterations(scheme, childOf(algorithm, 1))
  return id === oids.pbes2 ? derivationIterations(childOf(childOf(algorithm, 1), 0)) : 0
}

/**
 * Decrypts what a passphrase protects: by PBES2 (RFC 8018, section 6.2), which all tools write today, or by the
 * schemes of PKCS#12. What comes out is DER, or the passphrase was wrong.
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

async function decryption(algorithm: DerValue, unlocking: Unlocking): Promise<Decrypt> {
  const id = oidOf(childOf(algorithm, 0))
  const scheme = pkcs12Schemes.get(id)
  if (!scheme && id !== oids.pbes2) throw unsupported('encryption', id)
  const parameters = childOf(algorithm, 1, tags.sequence)
  return scheme ? await pkcs12Decryption(scheme, parameters, unlocking) : await pbes2(parameters, unlocking)
}

async function pbes2(parameters: DerValue, unlocking: Unlocking): Promise<Decrypt> {
  const [derivation, encryption] = [childOf(parameters, 0), childOf(parameters, 1)]
  const cipherId = oidOf(childOf(encryption, 0))
  const cipher = pbes2Ciphers.get(cipherId)
  if (!cipher) throw unsupported('cipher', cipherId)
  const iv = octetsOf(childOf(encryption, 1, tags.octetString))
  return cbc(cipher.name, await deriveKey(derivation, unlocking, cipher.keyLength), iv)
}

/** Those that Node has. openssl and NSS write Camellia and ARIA only when they are told to. */
const pbes2Ciphers: ReadonlyMap<string, { name: string; keyLength: number }> = new Map([
  [oids.aes128Cbc, { name: 'aes-128-cbc', keyLength: 16 }],
  [oids.aes192Cbc, { name: 'aes-192-cbc', keyLength: 24 }],
  [oids.aes256Cbc, { name: 'aes-256-cbc', keyLength: 32 }],
  [oids.tripleDesCbc, { name: 'des-ede3-cbc', keyLength: 24 }],
  [oids.camellia128Cbc, { name: 'camellia-128-cbc', keyLength: 16 }],
  [oids.camellia192Cbc, { name: 'camellia-192-cbc', keyLength: 24 }],
  [oids.camellia256Cbc, { name: 'camellia-256-cbc', keyLength: 32 }],
  [oids.aria128Cbc, { name: 'aria-128-cbc', keyLength: 16 }],
  [oids.aria192Cbc, { name: 'aria-192-cbc', keyLength: 24 }],
  [oids.aria256Cbc, { name: 'aria-256-cbc', keyLength: 32 }],
])
