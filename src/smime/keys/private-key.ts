import { createPrivateKey, type KeyObject } from 'node:crypto'
import { childOf, octetsOf, readDer } from '../encoding/der.js'
import { type PemBlock, readPem } from '../encoding/pem.js'
import { decryptWithPassphrase, unlocking, WrongPassphraseError } from './password-encryption.js'

/** The private key in a PEM text: PKCS#8, encrypted or not, or the older form of RSA keys. */
export async function readPrivateKey(pem: string, passphrase: string | undefined): Promise<KeyObject> {
  const block = [...readPem(pem)].find(({ label }) => label.endsWith('PRIVATE KEY'))
  if (!block) throw new Error('it holds no private key')
  return block.label === 'ENCRYPTED PRIVATE KEY'
    ? await decryptPrivateKey(block.bytes, passphrase)
    : readOlderKey(block, passphrase)
}

/** A key from a PrivateKeyInfo (RFC 5208, section 5). */
export function privateKeyFromInfo(info: Buffer): KeyObject {
  return createPrivateKey({ key: info, format: 'der', type: 'pkcs8' })
}

/** An EncryptedPrivateKeyInfo (RFC 5208, section 6), without letting the file choose how long that takes. */
async function decryptPrivateKey(bytes: Buffer, passphrase: string | undefined): Promise<KeyObject> {
  const encrypted = readDer(bytes)
  const algorithm = childOf(encrypted, 0)
  const ciphertext = octetsOf(childOf(encrypted, 1))
  const info = await decryptWithPassphrase(algorithm, ciphertext, unlocking(passphrase ?? ''))
  return privateKeyFromInfo(info.raw)
}

function readOlderKey({ text, bytes }: PemBlock, passphrase: string | undefined): KeyObject {
  const isEncrypted = bytes.length === 0
  try {
    return createPrivateKey({
      key: text,
      format: 'pem',
      passphrase: isEncrypted ? (passphrase ?? '') : undefined,
    })
  } catch (thrown) {
    // RFC 1421's encryption has no check of its own: noise and a damaged file look the same.
    throw isEncrypted ? new WrongPassphraseError('the passphrase does not decrypt it') : thrown
  }
}
