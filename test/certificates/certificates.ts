/**
 * Certificates for tests, made by openssl when a test asks for them, and never checked in: a checked-in one
 * expires, and its key ends in someone's scanner.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** A certificate and its key, as files and as text. */
export interface TestCertificate {
  readonly name: string
  readonly certificate: string
  readonly key: string
  readonly pem: string
  readonly keyPem: string
  /** Its issuers, nearest first; none for one that signed itself. */
  readonly issuers: readonly TestCertificate[]
}

/** The kinds of keys that certificates are made for; `ec` alone is P-256. */
export type KeyKind =
  | 'rsa:2048'
  | 'rsa:1024'
  | 'rsa:512'
  | 'rsa-pss'
  | 'rsa-pss:sha384'
  | 'ec'
  | 'ec:P-384'
  | 'ec:P-521'
  | 'ec:secp256k1'
  | 'ed25519'
  | 'ed448'

/** What a certificate is to be like. */
export interface CertificateWishes {
  /** openssl's notation; `+` joins the parts of a multi-valued RDN. Default: the name as CN. */
  readonly subject?: string
  /** The addresses in its subjectAltName. Default: none. */
  readonly addresses?: readonly string[]
  /** Default: it signs itself. */
  readonly issuer?: TestCertificate
  /** Default `rsa:2048`. */
  readonly key?: KeyKind
  /** Use the key of this one rather than a new one. */
  readonly keyOf?: TestCertificate
  /** Extensions beside subjectAltName, as openssl writes them. Default: those of a mail certificate. */
  readonly extensions?: readonly string[]
  /** First and last moment, as `YYYYMMDDHHMMSSZ`. Default: for a year from now. */
  readonly validity?: readonly [string, string]
}

const folder = mkdtempSync(join(tmpdir(), 'im-certificates-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const mailExtensions = [
  'basicConstraints = critical, CA:FALSE',
  'keyUsage = critical, digitalSignature, keyEncipherment',
  'extendedKeyUsage = emailProtection',
]

/** The extensions of an authority. */
export const authorityExtensions = [
  'basicConstraints = critical, CA:TRUE',
  'keyUsage = critical, keyCertSign, cRLSign',
]

const made = new Map<string, TestCertificate>()

/** Makes a certificate, or hands out the one of that name that is there already. */
export function testCertificate(name: string, wishes: CertificateWishes = {}): TestCertificate {
  const known = made.get(name)
  if (known) return known
  const certificate = make(name, wishes)
  made.set(name, certificate)
  return certificate
}

/** The authority that issues where a test does not care. */
export function authority(): TestCertificate {
  return testCertificate('authority', {
    subject: '/C=DE/O=Example/CN=Example Authority',
    extensions: authorityExtensions,
  })
}

/** A mail certificate for an address, issued by `authority()`. */
export function person(address: string, wishes: CertificateWishes = {}): TestCertificate {
  return testCertificate(address, { addresses: [address], issuer: authority(), ...wishes })
}

/** Packs a certificate, its key and its issuers into a PKCS#12 file, and returns its path. */
export function pkcs12(of: TestCertificate, passphrase: string, ...options: string[]): string {
  const path = join(folder, `${fileName(of.name)}-${++files}.p12`)
  const chain = join(folder, `${fileName(of.name)}-${++files}.chain.pem`)
  writeFileSync(chain, of.issuers.map(({ pem }) => pem).join(''))
  const passphraseFile = join(folder, `passphrase-${++files}`)
  writeFileSync(passphraseFile, `${passphrase}\n`)
  const certificates = of.issuers.length > 0 ? ['-certfile', chain] : []
  openssl(
    ['pkcs12', '-export', '-in', of.certificate, '-inkey', of.key, ...certificates, '-out', path],
    ['-passout', `file:${passphraseFile}`, ...options],
  )
  return path
}

/** A new path in the folder that goes away with the tests. */
export function temporaryPath(name: string): string {
  return join(folder, `${++files}-${name}`)
}

/** Writes a file into the folder that goes away with the tests. */
export function temporaryFile(name: string, content: string | Uint8Array): string {
  const path = temporaryPath(name)
  writeFileSync(path, content)
  return path
}

/** Runs openssl and returns what it prints. */
export function openssl(...args: readonly string[][]): Buffer {
  return execFileSync('openssl', args.flat(), {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: folder,
    maxBuffer: 100_000_000,
  })
}

let files = 0

function make(name: string, wishes: CertificateWishes): TestCertificate {
  const { issuer, validity = defaultValidity() } = wishes
  const base = join(folder, fileName(name))
  const [key, request, certificate] = [`${base}.key`, `${base}.csr`, `${base}.crt`]
  if (wishes.keyOf) writeFileSync(key, wishes.keyOf.keyPem)
  else openssl(['genpkey', '-quiet', '-out', key], keyOptions(wishes.key ?? 'rsa:2048'))
  const config = temporaryFile('openssl.cnf', configuration(wishes))
  const subject = wishes.subject ?? `/CN=${name}`
  openssl(['req', '-new', '-utf8', '-config', config, '-key', key, '-subj', subject, '-out', request])
  const signer = issuer
    ? ['-cert', issuer.certificate, '-keyfile', issuer.key]
    : ['-selfsign', '-keyfile', key]
  openssl(
    [
      'ca',
      '-config',
      config,
      '-batch',
      '-notext',
      '-utf8',
      '-preserveDN',
      '-in',
      request,
      '-out',
      certificate,
    ],
    ['-startdate', validity[0], '-enddate', validity[1], '-extensions', 'wanted', ...signer],
  )
  return {
    name,
    certificate,
    key,
    pem: readFileSync(certificate, 'utf8'),
    keyPem: readFileSync(key, 'utf8'),
    issuers: issuer ? [issuer, ...issuer.issuers] : [],
  }
}

function keyOptions(key: KeyKind): string[] {
  const [kind, detail] = key.split(':')
  if (kind === 'ed25519' || kind === 'ed448') return ['-algorithm', kind.toUpperCase()]
  if (kind === 'ec') return ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${detail ?? 'P-256'}`]
  if (kind === 'rsa') return ['-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${detail}`]
  const hash = detail ? ['-pkeyopt', `rsa_pss_keygen_md:${detail}`] : []
  return ['-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048', ...hash]
}

function configuration({ addresses = [], extensions = mailExtensions }: CertificateWishes): string {
  const names =
    addresses.length > 0 ? [`subjectAltName = ${addresses.map((a) => `email:${a}`).join(', ')}`] : []
  return `
[req]
distinguished_name = name
string_mask = utf8only
[name]
[ca]
default_ca = authority
[authority]
database = ${temporaryFile('index.txt', '')}
new_certs_dir = ${folder}
rand_serial = yes
unique_subject = no
default_md = default
policy = any
[any]
[wanted]
${[...extensions, ...names, 'subjectKeyIdentifier = hash'].join('\n')}
`
}

function defaultValidity(): [string, string] {
  const hour = 60 * 60 * 1000
  return [opensslTime(Date.now() - hour), opensslTime(Date.now() + 365 * 24 * hour)]
}

/** A moment as openssl wants it. */
function opensslTime(moment: number): string {
  return `${new Date(moment).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`
}

function fileName(name: string): string {
  return name.replace(/[^A-Za-z0-9]+/g, '-')
}
