import { createHmac, timingSafeEqual } from 'node:crypto'
import { isCertificateLabel } from '../certificates/certificate.js'
import { childOf, countOf, type DerValue, octetsOf, oidOf, readDer, tags } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'
import { decodeBase64, isPem, readPem } from '../encoding/pem.js'
import {
  assertAffordable,
  decryptWithPassphrase,
  iterationsOf,
  spendIterations,
  type Unlocking,
  unlocking,
  WrongPassphraseError,
} from './password-encryption.js'
import { derivePkcs12Key, type Pkcs12Hash, pkcs12Purpose } from './pkcs12-kdf.js'

/** What lies in a PKCS#12 file, as the bytes that lie there. */
export interface Pkcs12Content {
  /** Private keys, each a PrivateKeyInfo (RFC 5208, section 5). */
  readonly privateKeys: readonly Buffer[]
  /** Certificates in DER. */
  readonly certificates: readonly Buffer[]
}

/**
 * Opens a PKCS#12 file (RFC 7292): DER, BER, or either in base64 as mounted secrets often are.
 *
 * Not with forge's reader, which encodes certificates anew, refuses passphrases beyond ASCII under PBES2, and
 * derives keys in JavaScript.
 */
export async function readPkcs12(bytes: Uint8Array, passphrase: string | undefined): Promise<Pkcs12Content> {
  const file = readDer(unwrapBase64(bytes))
  const authSafe = contentOf(childOf(file, 1, tags.sequence), oids.data)
  const safe = octetsOf(authSafe)
  const macData = file.children[2]
  const parts = readDer(safe).children
  assertAffordable(unlocking(null), macIterations(macData) + sum(parts.map(visibleIterations)))
  const key = await passphraseThatFits(macData, safe, passphrase)
  const content = { privateKeys: [], certificates: [] }
  for (const part of parts) await collectBags(await openPart(part, key), key, content)
  return content
}

function unwrapBase64(bytes: Uint8Array): Uint8Array {
  if (bytes[0] === tags.sequence) return bytes
  const text = Buffer.from(bytes).toString('latin1')
  const unwrapped = isPem(text) ? unwrapPem(text) : decodeBase64(text)
  if (!unwrapped) throw new Error('it is neither PKCS#12 nor base64 of it')
  return unwrapped
}

function unwrapPem(text: string): Uint8Array | undefined {
  const [first] = readPem(text)
  if (first && (isCertificateLabel(first.label) || first.label.endsWith('PRIVATE KEY'))) {
    throw new Error(
      'it is PEM, not PKCS#12; name it in smime.identity.certificate, and its key in smime.identity.privateKey',
    )
  }
  return first?.bytes
}

/** The content of a ContentInfo (RFC 5652, section 3) of that type. */
function contentOf(contentInfo: DerValue, type: string): DerValue {
  const found = oidOf(childOf(contentInfo, 0))
  if (found !== type) throw new Error(`a part of type ${found} is not supported`)
  return childOf(childOf(contentInfo, 1, tags.context0), 0)
}

/**
 * Finds out whether the file belongs to the passphrase, by its MAC. Without a passphrase there are two ways to
 * have none: some tools take the empty string, others nothing.
 */
async function passphraseThatFits(
  macData: DerValue | undefined,
  safe: Buffer,
  passphrase: string | undefined,
): Promise<Unlocking> {
  const key = unlocking(passphrase ?? '')
  if (!macData || (await macFits(macData, safe, key))) return key
  if (!passphrase) {
    key.passphrase = null
    if (await macFits(macData, safe, key)) return key
  }
  throw new WrongPassphraseError('the passphrase does not fit')
}

/** Checks the MAC (RFC 7292, section 5.1). */
async function macFits(macData: DerValue, safe: Buffer, key: Unlocking): Promise<boolean> {
  const digestInfo = childOf(macData, 0, tags.sequence)
  const id = oidOf(childOf(childOf(digestInfo, 0, tags.sequence), 0))
  const mac = macHashes.get(id)
  if (!mac) throw new Error(`its MAC (${id}) is not supported; convert it with a current openssl`)
  const expected = octetsOf(childOf(digestInfo, 1))
  const salt = octetsOf(childOf(macData, 1))
  const rounds = spendIterations(key, macIterations(macData))
  const macKey = await derivePkcs12Key(mac.hash, key.passphrase, salt, pkcs12Purpose.mac, rounds, mac.length)
  const actual = createHmac(mac.hash, macKey).update(safe).digest()
  return actual.length === expected.length && timingSafeEqual(actual, expected)
}

const macHashes: ReadonlyMap<string, { hash: Pkcs12Hash; length: number }> = new Map([
  [oids.sha1, { hash: 'sha1', length: 20 }],
  [oids.sha224, { hash: 'sha224', length: 28 }],
  [oids.sha256, { hash: 'sha256', length: 32 }],
  [oids.sha384, { hash: 'sha384', length: 48 }],
  [oids.sha512, { hash: 'sha512', length: 64 }],
])

/** The rounds for the MAC (RFC 7292, section 4): once where it does not say. */
function macIterations(macData: DerValue | undefined): number {
  if (!macData) return 0
  return macData.children[2] ? countOf(macData.children[2]) : 1
}

/** The rounds that a part asks for, as far as that can be seen before it is opened. */
function visibleIterations(part: DerValue): number {
  if (oidOf(childOf(part, 0)) !== oids.data) return iterationsOf(childOf(encryptedContentOf(part), 1))
  const bags = readDer(octetsOf(contentOf(part, oids.data))).children
  const locked = bags.filter((bag) => oidOf(childOf(bag, 0)) === oids.shroudedKeyBag)
  return sum(locked.map((bag) => iterationsOf(childOf(childOf(childOf(bag, 1, tags.context0), 0), 0))))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

/** The EncryptedContentInfo of a part (RFC 5652, section 8). */
function encryptedContentOf(part: DerValue): DerValue {
  return childOf(contentOf(part, oids.encryptedData), 1, tags.sequence)
}

/** The SafeContents of one part, which is plain or encrypted as a whole. */
async function openPart(part: DerValue, key: Unlocking): Promise<DerValue> {
  if (oidOf(childOf(part, 0)) === oids.data) return readDer(octetsOf(contentOf(part, oids.data)))
  const encrypted = encryptedContentOf(part)
  return await decryptWithPassphrase(childOf(encrypted, 1), octetsOf(childOf(encrypted, 2)), key)
}

async function collectBags(
  bags: DerValue,
  key: Unlocking,
  into: { privateKeys: Buffer[]; certificates: Buffer[] },
): Promise<void> {
  for (const bag of bags.children) {
    const value = childOf(childOf(bag, 1, tags.context0), 0)
    switch (oidOf(childOf(bag, 0))) {
      case oids.keyBag:
        into.privateKeys.push(value.raw)
        break
      case oids.shroudedKeyBag:
        into.privateKeys.push(
          (await decryptWithPassphrase(childOf(value, 0), octetsOf(childOf(value, 1)), key)).raw,
        )
        break
      case oids.certificateBag:
        if (oidOf(childOf(value, 0)) === oids.x509Certificate) {
          into.certificates.push(octetsOf(childOf(childOf(value, 1, tags.context0), 0)))
        }
        break
      case oids.safeContentsBag:
        await collectBags(value, key, into)
        break
      // Others hold revocation lists and secrets, which mail has no use for.
    }
  }
}
