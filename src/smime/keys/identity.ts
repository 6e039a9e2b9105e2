import { type KeyObject, sign, verify } from 'node:crypto'
import { IncidentMailerError, messageOf } from '../../errors.js'
import type { CertificateSummary } from '../../mail.js'
import { refuseUnknownOptions } from '../../options.js'
import { quoted } from '../../quoted.js'
import { type Certificate, readCertificate, readCertificateFile } from '../certificates/certificate.js'
import { isWeakRsa } from '../certificates/certificate-checks.js'
import { chainOf, isValidAt } from '../certificates/certificate-path.js'
import { isPem } from '../encoding/pem.js'
import { readSettingFile } from '../setting-file.js'
import { WrongPassphraseError } from './password-encryption.js'
import { readPkcs12 } from './pkcs12.js'
import { privateKeyFromInfo, readPrivateKey } from './private-key.js'

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
  /** The private key: a path, or PEM text. */
  readonly privateKey: string
  /** The issuers' certificates, in any order: a path, or PEM text. Default: none. */
  readonly chain?: string
  /** What decrypts the private key. Default: none. */
  readonly passphrase?: string
}

/** A key that was found to fit its certificate, ready to sign. */
export interface Identity {
  readonly key: KeyObject
  readonly certificate: Certificate
  /** The certificate, then those that lead from it to its authority. */
  readonly chain: readonly Certificate[]
  /** Who that is, as a report says it. */
  readonly summary: CertificateSummary
}

/**
 * Loads who signs. `sign()` does so by itself with its first mail; this one fails early.
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
 * @throws IncidentMailerError `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `WRONG_PASSPHRASE`, `KEY_MISMATCH`,
 * `INVALID_CERTIFICATE` for a damaged certificate in PEM, `IDENTITY_UNREADABLE` for all else in the files,
 * `INVALID_CONFIG` where no files are named, or an option does not exist.
 */
export async function loadIdentity(
  options: IdentityOptions,
  context: { signal?: AbortSignal } = {},
): Promise<Identity> {
  refuseUnknownOptions(options, OPTIONS, 'smime.identity')
  if ('p12' in options && options.p12) return await loadPkcs12(options, context.signal)
  if ('certificate' in options && options.certificate && options.privateKey) {
    return await loadPem(options, context.signal)
  }
  throw new IncidentMailerError(
    'INVALID_CONFIG',
    'smime.identity names no files; set p12, or certificate and privateKey',
    { field: 'smime.identity' },
  )
}

async function loadPkcs12(options: Pkcs12IdentityOptions, signal?: AbortSignal): Promise<Identity> {
  const { p12, passphrase } = options
  const bytes = typeof p12 === 'string' ? await readSettingFile(p12, fields.p12, signal) : p12
  const source = sourceOf(fields.p12, typeof p12 === 'string' ? p12 : null, passphrase)
  const content = await reading(source, async () => {
    const { privateKeys, certificates } = await readPkcs12(bytes, passphrase)
    if (privateKeys.length === 0) throw new Error('it holds no private key; export the key along with it')
    if (certificates.length === 0)
      throw new Error('it holds no certificate; export the certificate along with it')
    return { keys: privateKeys.map(privateKeyFromInfo), certificates: certificates.map(readCertificate) }
  })
  return await assemble(source, content.keys, content.certificates)
}

async function loadPem(options: PemIdentityOptions, signal?: AbortSignal): Promise<Identity> {
  const certificates = await loadCertificates(options.certificate, fields.certificate, signal)
  const chain = options.chain ? await loadCertificates(options.chain, fields.chain, signal) : []
  const content = await contentOf(options.privateKey, fields.privateKey, signal)
  const file = isPem(options.privateKey) ? null : options.privateKey
  const source = sourceOf(fields.privateKey, file, options.passphrase)
  const key = await reading(source, () => readPrivateKey(content.toString('latin1'), options.passphrase))
  return await assemble(source, [key], [...certificates, ...chain])
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

/** Finds the key and certificate that belong together, and among several the pair that signs best. */
async function assemble(
  source: Source,
  keys: readonly KeyObject[],
  certificates: readonly Certificate[],
): Promise<Identity> {
  const pairs = certificates.flatMap((certificate) =>
    keys.filter((key) => certificate.x509.checkPrivateKey(key)).map((key) => ({ key, certificate })),
  )
  const [best] = pairs.sort((a, b) => rank(b.certificate) - rank(a.certificate))
  if (!best) throw keyMismatch(source, 'the private key does not belong to any of the certificates')
  const { key, certificate } = best
  if (key.asymmetricKeyType !== 'rsa') {
    const kind = key.asymmetricKeyType?.toUpperCase()
    throw unreadable(source, `it has a key of kind ${kind}; signing needs an RSA key (PKCS#1)`)
  }
  if (isWeakRsa(key)) {
    throw unreadable(
      source,
      'its RSA key is too weak, and anybody could sign with it; get one of 2,048 bits or more',
    )
  }
  if (!signsTruly(key, certificate)) throw keyMismatch(source, 'the private key is damaged')
  return { key, certificate, chain: chainOf(certificate, certificates), summary: certificate.summary }
}

/** Prefers what is valid today, then what may sign, then what is newest. */
function rank(certificate: Certificate): number {
  const valid = isValidAt(certificate, new Date()) ? 2 : 0
  const signs = certificate.keyUsage?.includes('digitalSignature') === false ? 0 : 1
  return valid + signs + certificate.notBefore.getTime() / 1e16
}

/** A damaged key may still look whole, and a wrong RSA signature gives the key away: so try it once. */
function signsTruly(key: KeyObject, certificate: Certificate): boolean {
  const probe = Buffer.from('incident-mailer')
  try {
    return verify('sha256', probe, certificate.publicKey, sign('sha256', probe, key))
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

const fields = {
  p12: 'smime.identity.p12',
  certificate: 'smime.identity.certificate',
  privateKey: 'smime.identity.privateKey',
  chain: 'smime.identity.chain',
  passphrase: 'smime.identity.passphrase',
} as const

/** Where something was read from, for what is said when that fails. */
interface Source {
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
    throw unreadable(source, messageOf(thrown), thrown)
  }
}

function unreadable({ code, field, name }: Source, reason: string, cause?: unknown): IncidentMailerError {
  return new IncidentMailerError(code, `${name} cannot be used: ${reason}`, { field, cause })
}

function wrongPassphrase({ name, hasPassphrase }: Source): IncidentMailerError {
  const advice = hasPassphrase
    ? `the passphrase is wrong, or the file is damaged; correct ${fields.passphrase}`
    : `it needs a passphrase; set ${fields.passphrase}`
  return new IncidentMailerError('WRONG_PASSPHRASE', `${name} does not open: ${advice}`, {
    field: fields.passphrase,
  })
}

function keyMismatch({ field, name }: Source, reason: string): IncidentMailerError {
  return new IncidentMailerError('KEY_MISMATCH', `${name}: ${reason}; export key and certificate together`, {
    field,
  })
}
