import { isCertificateLabel } from '../certificates/certificate.js'
import { childOf, type DerValue, octetsOf, oidOf, readDer, tags } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'
import { decodeBase64, isPem, readPem } from '../encoding/pem.js'
import { decryptWithPassphrase, iterationsOf } from './password-encryption.js'
import { macFits, macIterations } from './pkcs12-mac.js'
import {
  assertAffordable,
  type Unlocking,
  UnsupportedError,
  unlocking,
  WrongPassphraseError,
} from './unlocking.js'

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
  for (const key of passphrases(passphrase)) {
    try {
      if (!macData || (await macFits(macData, safe, key))) return await openParts(parts, key)
    } catch (thrown) {
      if (!(thrown instanceof WrongPassphraseError)) throw thrown
    }
  }
  throw new WrongPassphraseError('the passphrase does not fit')
}

/** Without a passphrase there are two ways to have none: some tools take the empty string, others nothing. */
function passphrases(passphrase: string | undefined): Unlocking[] {
  const given = unlocking(passphrase ?? '')
  return passphrase ? [given] : [given, unlocking(null)]
}

async function openParts(parts: readonly DerValue[], key: Unlocking): Promise<Pkcs12Content> {
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
  if (found !== type)
    throw new UnsupportedError(
      `a part of type ${found} is not supported; export it protected by a passphrase`,
    )
  return childOf(childOf(contentInfo, 1, tags.context0), 0)
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
