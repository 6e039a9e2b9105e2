import { createPrivateKey, getCiphers, type KeyObject } from 'node:crypto'
import { childOf, type DerValue, octetsOf, oidOf, readDer, tags } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'
import { isPem, type PemBlock, readPem } from '../encoding/pem.js'
import { decryptWithPassphrase } from './password-encryption.js'
import { UnsupportedError, unlocking, unsupported, WrongPassphraseError } from './unlocking.js'

/**
 * The private keys in a file, in every form that Node takes: PKCS#8, encrypted or not, PKCS#1 and SEC 1, in PEM
 * (also with RFC 1421's encryption) or one in DER.
 */
export async function readPrivateKeys(content: Buffer, passphrase: string | undefined): Promise<KeyObject[]> {
  const text = content.toString('latin1')
  if (!isPem(text)) return content[0] === tags.sequence ? [await readDerKey(content, passphrase)] : []
  const keys: KeyObject[] = []
  for (const block of readPem(text)) {
    if (block.label.endsWith('PRIVATE KEY')) keys.push(await readPemKey(block, passphrase))
  }
  return keys
}

/** A key from a PrivateKeyInfo (RFC 5208, section 5), or from its successor with a public key (RFC 5958). */
export function privateKeyFromInfo(info: Buffer): KeyObject {
  try {
    return createPrivateKey({ key: info, format: 'der', type: 'pkcs8' })
  } catch (thrown) {
    const id = oidOf(childOf(childOf(readDer(info), 1), 0))
    throw keyAlgorithms.has(id) ? thrown : unsupported('kind of key', id)
  }
}

/** What Node knows. Of others it says only that it cannot read them, and so it does of damaged ones. */
const keyAlgorithms: ReadonlySet<string> = new Set([
  oids.rsaEncryption,
  oids.rsassaPss,
  oids.ecPublicKey,
  oids.dsa,
  oids.ed25519,
  oids.ed448,
  oids.x25519,
  oids.x448,
])

async function readPemKey(block: PemBlock, passphrase: string | undefined): Promise<KeyObject> {
  switch (block.label) {
    case 'OPENSSH PRIVATE KEY':
      throw new UnsupportedError('it is an OpenSSH key; convert it with: ssh-keygen -p -m PKCS8 -f FILE')
    case 'ENCRYPTED PRIVATE KEY':
      return await decryptPrivateKey(readDer(block.bytes), passphrase)
    case 'PRIVATE KEY':
      return privateKeyFromInfo(block.bytes)
    default:
      return readOlderKey(block, passphrase)
  }
}

/** The four forms, told apart by how they begin. */
async function readDerKey(bytes: Buffer, passphrase: string | undefined): Promise<KeyObject> {
  const value = readDer(bytes)
  const [first, second] = value.children
  if (first?.tag === tags.sequence) return await decryptPrivateKey(value, passphrase)
  if (second?.tag === tags.sequence) return privateKeyFromInfo(value.raw)
  const type = second?.tag === tags.octetString ? 'sec1' : 'pkcs1'
  return createPrivateKey({ key: value.raw, format: 'der', type })
}

/** An EncryptedPrivateKeyInfo (RFC 5208, section 6), without letting the file choose how long that takes. */
async function decryptPrivateKey(encrypted: DerValue, passphrase: string | undefined): Promise<KeyObject> {
  const algorithm = childOf(encrypted, 0)
  const ciphertext = octetsOf(childOf(encrypted, 1))
  const info = await decryptWithPassphrase(algorithm, ciphertext, unlocking(passphrase ?? ''))
  return privateKeyFromInfo(info.raw)
}

function readOlderKey({ text, bytes }: PemBlock, passphrase: string | undefined): KeyObject {
  const isEncrypted = bytes.length === 0
  if (isEncrypted) assertKnownCipher(text)
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

/** RFC 1421, section 4.6.1.3: the cipher's name stands before its IV. Node has lost the older ones. */
function assertKnownCipher(text: string): void {
  const cipher = /^DEK-Info: *([\w-]+),/m.exec(text)?.[1]
  if (cipher === undefined) throw new Error('its header lines are damaged; copy it again, whole')
  if (getCiphers().includes(cipher.toLowerCase())) return
  throw new UnsupportedError(`its cipher (${cipher}) is not supported; convert it with openssl pkcs8 -topk8`)
}
