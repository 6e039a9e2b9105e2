import rc2 from 'node-forge/lib/rc2.js'
import forgeUtil from 'node-forge/lib/util.js'
import { childOf, countOf, type DerValue, octetsOf, tags } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'
import { cbc, type Decrypt } from './decrypt-cbc.js'
import { derivePkcs12Key, pkcs12Purpose } from './pkcs12-kdf.js'
import { spendIterations, type Unlocking } from './unlocking.js'

/** A scheme of PKCS#12's own (RFC 7292, appendix C), which older tools and `openssl pkcs12 -legacy` write. */
export interface Pkcs12Scheme {
  readonly keyLength: number
  readonly decryption: (key: Buffer, iv: Buffer) => Decrypt
}

/** The schemes by their object identifiers. */
export const pkcs12Schemes: ReadonlyMap<string, Pkcs12Scheme> = new Map([
  [oids.pbeSha1TripleDes3, { keyLength: 24, decryption: (key, iv) => cbc('des-ede3-cbc', key, iv) }],
  [oids.pbeSha1TripleDes2, { keyLength: 16, decryption: (key, iv) => cbc('des-ede-cbc', key, iv) }],
  [oids.pbeSha1Rc2128, { keyLength: 16, decryption: rc2Cbc }],
  [oids.pbeSha1Rc240, { keyLength: 5, decryption: rc2Cbc }],
])

/** The rounds that decrypting by a scheme takes: those for the key, and once more for the IV. */
export function schemeIterations({ keyLength }: Pkcs12Scheme, parameters: DerValue): number {
  return countOf(childOf(parameters, 1)) * (sha1Blocks(keyLength) + 1)
}

/** Makes ready to decrypt by one of the schemes. */
export async function pkcs12Decryption(
  scheme: Pkcs12Scheme,
  parameters: DerValue,
  unlocking: Unlocking,
): Promise<Decrypt> {
  const salt = octetsOf(childOf(parameters, 0, tags.octetString))
  const rounds = countOf(childOf(parameters, 1))
  const derive = (purpose: number, length: number) => {
    spendIterations(unlocking, rounds * sha1Blocks(length))
    return derivePkcs12Key('sha1', unlocking.passphrase, salt, purpose, rounds, length)
  }
  const key = await derive(pkcs12Purpose.key, scheme.keyLength)
  return scheme.decryption(key, await derive(pkcs12Purpose.iv, 8))
}

/** PKCS#12 derives longer keys piece by piece, each in all the rounds. */
function sha1Blocks(length: number): number {
  return Math.ceil(length / 20)
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
