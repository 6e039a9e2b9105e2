import { type KeyObject, sign, verify } from 'node:crypto'
import type { ErrorCode } from '../../error-codes.js'
import { IncidentMailerError, messageOf } from '../../errors.js'
import type { CertificateSummary } from '../../mail.js'
import { refuseUnknownOptions } from '../../options.js'
import { quoted } from '../../quoted.js'
import { type Certificate, readCertificate } from '../certificates/certificate.js'
import { allows } from '../certificates/certificate-checks.js'
import { readCertificateFile } from '../certificates/certificate-file.js'
import { chainOf, isValidAt } from '../certificates/certificate-path.js'
import { isPem } from '../encoding/pem.js'
import { readSettingFile } from '../setting-file.js'
import { readPkcs12 } from './pkcs12.js'
import { privateKeyFromInfo, readPrivateKeys } from './private-key.js'
import { whyUnsuitable } from './signing-key.js'
import { UnsupportedError, WrongPassphraseError } from './unlocking.js'

/** Who signs: a PKCS#12 file, or the same in PEM. */
export type IdentityOptions = Pkcs12IdentityOptions | PemIdentityOptions

/** A key and its certificates in one PKCS#12 file. */
export interface Pkcs12IdentityOptions {
  /** The file's path, also of one in base64; or its bytes. */
  readonly p12: string | Uint8Array
  /** What opens it. Default: none. */
  readonly passphrase?: string
}

/** A key and its certificates in PEM. */
export interface PemIdentityOptions {
  /** The signer's certificate: a path (PEM or DER), or PEM text. Its issuers may stand in the same text. */
  readonly certificate: string
  /** The private key: a path (PEM or DER), or PEM text. Of several, the one that belongs to the certificate. */
  readonly privateKey: string
  /** The issuers' certificates, in any order: a path, or PEM text. Default: none. */
  readonly chain?: string
  /** What decrypts the private key. Default: none. */
  readonly passphrase?: string
}

/** A private key and a certificate that belong together. */
export interface KeyPair {
  readonly key: KeyObject
  readonly certificate: Certificate
}

/** A key that was found to fit its certificate, ready to sign. */
export interface Identity extends KeyPair {
  /** All pairs in the files, this one first: people have one for signing and one for encryption, or old ones. */
  readonly pairs: readonly KeyPair[]
  /** The certificate, then those that lead from it to its authority. */
  readonly chain: readonly Certificate[]
  /** Who that is, as a report says it. */
  readonly summary: CertificateSummary
}

/**
 * Loads who signs. `sign()` does so by itself with its first mail; this one fails early.
 *
 * Whatever key is there is loaded; `sign()` refuses those that no mail can be signed with.
 *
 * @param context - `field`: where the identity stands in the options, for errors. Default `smime.identity`.
 *
 * @example
 * ```ts
 * import { loadIdentity, sign } from 'incident-mailer/smime'
 *
 * const identity = await loadIdentity({ p12: './soc.p12', passphrase: process.env.P12_PASSPHRASE })
 * console.log(`signing as ${identity.summary.subject}, until ${identity.summary.notAfter}`)
 * const stage = sign({ identity })
 * ```
 *
 * @throws IncidentMailerError `FILE_NOT_FOUND`, `FILE_UNREADABLE`; `WRONG_PASSPHRASE`; `IDENTITY_UNSUPPORTED` for
 * an algorithm that is not known here, or more rounds of key derivation than are done; `IDENTITY_WITHOUT_KEY`;
 * `KEY_MISMATCH` where no certificate belongs to the key; `IDENTITY_UNREADABLE` for a damaged file,
 * `INVALID_CERTIFICATE` for a damaged certificate in PEM; `INVALID_CONFIG` where no files are named, or an option
 * does not exist.
 */
export async function loadIdentity(
  options: IdentityOptions,
  context: { signal?: AbortSignal; field?: string } = {},
): Promise<Identity> {
  const { signal, field = 'smime.identity' } = context
  refuseUnknownOptions(options, OPTIONS, field)
  if ('p12' in options && options.p12) return await loadPkcs12(options, field, signal)
  if ('certificate' in options && options.certificate && options.privateKey) {
    return await loadPem(options, field, signal)
  }
  throw new IncidentMailerError(
    'INVALID_CONFIG',
    `${field} names no files; set p12, or certificate and privateKey`,
    { field },
  )
}

async function loadPkcs12(
  options: Pkcs12IdentityOptions,
  at: string,
  signal: AbortSignal | undefined,
): Promise<Identity> {
  const { p12, passphrase } = options
  const bytes = typeof p12 === 'string' ? await readSettingFile(p12, `${at}.p12`, signal) : p12
  const source = sourceOf(`${at}.p12`, typeof p12 === 'string' ? p12 : null, passphrase)
  const content = await reading(source, async () => {
    const { privateKeys, certificates } = await readPkcs12(bytes, passphrase)
    return { keys: privateKeys.map(privateKeyFromInfo), certificates: certificates.map(readCertificate) }
  })
  return await assemble(source, content.keys, content.certificates)
}

async function loadPem(
  options: PemIdentityOptions,
  at: string,
  signal: AbortSignal | undefined,
): Promise<Identity> {
  const certificates = await loadCertificates(options.certificate, `${at}.certificate`, signal)
  const chain = options.chain ? await loadCertificates(options.chain, `${at}.chain`, signal) : []
  const content = await contentOf(options.privateKey, `${at}.privateKey`, signal)
  const file = isPem(options.privateKey) ? null : options.privateKey
  const source = sourceOf(`${at}.privateKey`, file, options.passphrase)
  const keys = await reading(source, () => readPrivateKeys(content, options.passphrase))
  return await assemble(source, keys, [...certificates, ...chain])
}

async function loadCertificates(value: string, field: string, signal?: AbortSignal): Promise<Certificate[]> {
  const content = await contentOf(value, field, signal)
  const source = {
    ...sourceOf(field, isPem(value) ? null : value, undefined),
    code: 'INVALID_CERTIFICATE',
  } as const
  return await reading(source, async () => {
    const certificates = readCertificateFile(content)
    if (certificates.length === 0) throw new Error('it holds no certificate')
    return certificates
  })
}

async function contentOf(value: string, field: string, signal?: AbortSignal): Promise<Buffer> {
  return isPem(value) ? Buffer.from(value) : await readSettingFile(value, field, signal)
}

/** Finds the keys and certificates that belong together, and among several pairs the one that signs best. */
async function assemble(
  source: Source,
  keys: readonly KeyObject[],
  certificates: readonly Certificate[],
): Promise<Identity> {
  if (keys.length === 0) {
    throw failure(source, 'IDENTITY_WITHOUT_KEY', 'it holds no private key; export the key along with it')
  }
  if (certificates.length === 0) {
    throw failure(
      source,
      'KEY_MISMATCH',
      'it holds no certificate; export the certificate along with the key',
    )
  }
  const pairs = certificates
    .flatMap((certificate) =>
      keys.filter((key) => certificate.x509.checkPrivateKey(key)).map((key) => ({ key, certificate })),
    )
    .sort((a, b) => rank(b) - rank(a))
  const [best] = pairs
  if (!best) throw keyMismatch(source, 'the private key does not belong to any of the certificates')
  const { key, certificate } = best
  if (mayProve(key) && !signsTruly(key, certificate)) throw keyMismatch(source, 'the private key is damaged')
  return { key, certificate, pairs, chain: chainOf(certificate, certificates), summary: certificate.summary }
}

/** Prefers what is valid today, then a key that can sign, then what may sign, then what is newest. */
function rank({ key, certificate }: KeyPair): number {
  const valid = isValidAt(certificate, new Date()) ? 4 : 0
  const able = whyUnsuitable(key) === null ? 2 : 0
  const signs = allows(certificate, 'sign') ? 1 : 0
  return valid + able + signs + certificate.notBefore.getTime() / 1e16
}

/** Whether the key can make signatures at all: X25519 and X448 cannot. */
function mayProve({ asymmetricKeyType }: KeyObject): boolean {
  return asymmetricKeyType !== 'x25519' && asymmetricKeyType !== 'x448'
}

/** A damaged key may still look whole, and a wrong RSA signature gives the key away: so try it once. */
function signsTruly(key: KeyObject, { publicKey }: Certificate): boolean {
  const probe = Buffer.from('incident-mailer')
  // Ed25519 and Ed448 bring their own hash, and an RSA-PSS key may name the one that it wants.
  const hash = key.asymmetricKeyType === 'rsa' || key.asymmetricKeyType === 'ec' ? 'sha256' : null
  try {
    return verify(hash, probe, publicKey, sign(hash, probe, key))
  } catch {
    return false
  }
}

const OPTIONS: Record<keyof Pkcs12IdentityOptions | keyof PemIdentityOptions, true> = {
  p12: true,
  certificate: true,
  privateKey: true,
  chain: true,
  passphrase: true,
}

/** Where something was read from, for what is said when that fails. */
interface Source {
  /** `smime.identity.p12`. */
  readonly field: string
  readonly name: string
  readonly hasPassphrase: boolean
  readonly code: 'IDENTITY_UNREADABLE' | 'INVALID_CERTIFICATE'
}

function sourceOf(field: string, path: string | null, passphrase: string | undefined): Source {
  const name = path === null ? field : `${field}: ${quoted(path, 512)}`
  return { field, name, hasPassphrase: Boolean(passphrase), code: 'IDENTITY_UNREADABLE' }
}

/** Gives what goes wrong while reading its code. Underneath are messages about structure, never content. */
async function reading<T>(source: Source, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (thrown instanceof WrongPassphraseError) throw wrongPassphrase(source)
    const code = thrown instanceof UnsupportedError ? 'IDENTITY_UNSUPPORTED' : source.code
    throw failure(source, code, messageOf(thrown), thrown)
  }
}

function failure(
  { field, name }: Source,
  code: ErrorCode,
  reason: string,
  cause?: unknown,
): IncidentMailerError {
  return new IncidentMailerError(code, `${name} cannot be used: ${reason}`, { field, cause })
}

function wrongPassphrase(source: Source): IncidentMailerError {
  const field = source.field.replace(/[^.]*$/, 'passphrase')
  const advice = source.hasPassphrase
    ? `the passphrase is wrong, or the file is damaged; correct ${field}`
    : `it needs a passphrase; set ${field}`
  return new IncidentMailerError('WRONG_PASSPHRASE', `${source.name} does not open: ${advice}`, { field })
}

function keyMismatch({ field, name }: Source, reason: string): IncidentMailerError {
  return new IncidentMailerError('KEY_MISMATCH', `${name}: ${reason}; export key and certificate together`, {
    field,
  })
}
