import { encodeBase64Lines } from '../../../src/base64-lines.js'
import type { EncryptOptions, SignOptions } from '../../../src/smime/index.js'
import type { KeyKind } from '../../certificates/certificates.js'

/** The readers that are asked, by the name of their peer. */
export type ReaderName = 'openssl' | 'nss' | 'gpgsm'

/** Why a reader does not read such a mail, whoever made it. */
export interface Obstacle {
  /** As the table says it. */
  readonly because: string
  /** What the reader itself says. */
  readonly says: RegExp
}

/** One kind of mail, and who cannot read it. */
interface Row {
  readonly title: string
  readonly key: KeyKind
  /** What `openssl cms` is told to make the same, for the check that a reader cannot read that either. */
  readonly openssl: readonly string[]
  readonly unreadable: Partial<Record<ReaderName, Obstacle>>
}

export interface SignatureRow extends Row {
  readonly options: SignOptions
  /** Whose signature stands beside the first. Default: nobody's. */
  readonly cosigner?: KeyKind
}

export interface EncryptionRow extends Row {
  readonly options: EncryptOptions
  /** Whether the content comes as a long stream, and so the mail in BER. Default false. */
  readonly streamed?: boolean
}

const nssNoPssKey: Obstacle = { because: 'knows no certificate with an RSA-PSS key', says: /BadSignature/ }
const nssNoOaep: Obstacle = { because: 'knows no OAEP in CMS', says: /SEC_ERROR_UNSUPPORTED_KEYALG/ }
const nssNoGcm: Obstacle = { because: 'knows no AuthEnvelopedData', says: /SEC_ERROR_UNRECOGNIZED_OID/ }
const nssNoEcdh: Obstacle = { because: 'knows no key agreement with a fresh key', says: /SEC_ERROR_BAD_DER/ }
const gpgsmNoP521: Obstacle = {
  because: 'its library cannot check ECDSA of 521 bits',
  says: /requires the hash length to be a multiple of 8 bits/,
}
const gpgsmNoOaep: Obstacle = { because: 'knows no OAEP', says: /error getting encrypted session key/ }
const gpgsmNoGcm: Obstacle = { because: 'knows no AuthEnvelopedData', says: /Buffer too short <KSBA>/ }
const gpgsmNoEcKey: Obstacle = {
  because: 'breaks down over a PKCS#12 file with an EC key',
  says: /does not import the key/,
}

const pss = ['-keyopt', 'rsa_padding_mode:pss', '-keyopt', 'rsa_pss_saltlen:-1']
const oaep = [
  '-keyopt',
  'rsa_padding_mode:oaep',
  '-keyopt',
  'rsa_oaep_md:sha256',
  '-keyopt',
  'rsa_mgf1_md:sha256',
]

export const signatureRows: readonly SignatureRow[] = [
  { title: 'RSA PKCS#1 v1.5, SHA-256', key: 'rsa:2048', options: {}, openssl: [], unreadable: {} },
  {
    title: 'RSA PKCS#1 v1.5, SHA-384',
    key: 'rsa:2048',
    options: { signatureHash: 'sha384' },
    openssl: ['-md', 'sha384'],
    unreadable: {},
  },
  {
    title: 'RSA PKCS#1 v1.5, SHA-512',
    key: 'rsa:2048',
    options: { signatureHash: 'sha512' },
    openssl: ['-md', 'sha512'],
    unreadable: {},
  },
  {
    title: 'RSASSA-PSS, SHA-256',
    key: 'rsa:2048',
    options: { signatureScheme: 'pss' },
    openssl: pss,
    unreadable: {},
  },
  {
    title: 'RSASSA-PSS, SHA-512',
    key: 'rsa:2048',
    options: { signatureScheme: 'pss', signatureHash: 'sha512' },
    openssl: [...pss, '-md', 'sha512'],
    unreadable: {},
  },
  { title: 'an RSA-PSS key', key: 'rsa-pss', options: {}, openssl: pss, unreadable: { nss: nssNoPssKey } },
  { title: 'ECDSA, P-256', key: 'ec', options: {}, openssl: [], unreadable: {} },
  { title: 'ECDSA, P-384', key: 'ec:P-384', options: {}, openssl: ['-md', 'sha384'], unreadable: {} },
  {
    title: 'ECDSA, P-521',
    key: 'ec:P-521',
    options: {},
    openssl: ['-md', 'sha512'],
    unreadable: { gpgsm: gpgsmNoP521 },
  },
  {
    title: 'opaque, RSA',
    key: 'rsa:2048',
    options: { signatureForm: 'opaque' },
    openssl: ['-nodetach'],
    unreadable: {},
  },
  {
    title: 'opaque, ECDSA P-256',
    key: 'ec',
    options: { signatureForm: 'opaque' },
    openssl: ['-nodetach'],
    unreadable: {},
  },
  {
    title: 'two signers, RSA and P-256',
    key: 'rsa:2048',
    cosigner: 'ec',
    options: {},
    openssl: [],
    unreadable: {},
  },
]

export const encryptionRows: readonly EncryptionRow[] = [
  {
    title: 'RSA PKCS#1 v1.5, AES-256-CBC',
    key: 'rsa:2048',
    options: {},
    openssl: ['-aes-256-cbc'],
    unreadable: {},
  },
  {
    title: 'RSA PKCS#1 v1.5, AES-192-CBC',
    key: 'rsa:2048',
    options: { cipher: 'aes-192-cbc' },
    openssl: ['-aes-192-cbc'],
    unreadable: {},
  },
  {
    title: 'RSA PKCS#1 v1.5, AES-128-CBC',
    key: 'rsa:2048',
    options: { cipher: 'aes-128-cbc' },
    openssl: ['-aes-128-cbc'],
    unreadable: {},
  },
  {
    title: 'RSA PKCS#1 v1.5, AES-256-CBC, from a stream (BER)',
    key: 'rsa:2048',
    options: {},
    streamed: true,
    openssl: ['-aes-256-cbc', '-stream'],
    unreadable: {},
  },
  {
    title: 'RSA-OAEP (SHA-256), AES-256-CBC',
    key: 'rsa:2048',
    options: { keyTransport: 'oaep' },
    openssl: ['-aes-256-cbc', ...oaep],
    unreadable: { nss: nssNoOaep, gpgsm: gpgsmNoOaep },
  },
  {
    title: 'RSA PKCS#1 v1.5, AES-128-GCM',
    key: 'rsa:2048',
    options: { cipher: 'aes-128-gcm' },
    openssl: ['-aes-128-gcm'],
    unreadable: { nss: nssNoGcm, gpgsm: gpgsmNoGcm },
  },
  {
    title: 'RSA PKCS#1 v1.5, AES-256-GCM',
    key: 'rsa:2048',
    options: { cipher: 'aes-256-gcm' },
    openssl: ['-aes-256-gcm'],
    unreadable: { nss: nssNoGcm, gpgsm: gpgsmNoGcm },
  },
  {
    title: 'RSA PKCS#1 v1.5, AES-256-GCM, from a stream (BER)',
    key: 'rsa:2048',
    options: { cipher: 'aes-256-gcm' },
    streamed: true,
    openssl: ['-aes-256-gcm'],
    unreadable: { nss: nssNoGcm, gpgsm: gpgsmNoGcm },
  },
  {
    title: 'ECDH P-256, AES-256-CBC',
    key: 'ec',
    options: {},
    openssl: ['-aes-256-cbc'],
    unreadable: { nss: nssNoEcdh, gpgsm: gpgsmNoEcKey },
  },
  {
    title: 'ECDH P-384, AES-256-CBC',
    key: 'ec:P-384',
    options: {},
    openssl: ['-aes-256-cbc'],
    unreadable: { nss: nssNoEcdh, gpgsm: gpgsmNoEcKey },
  },
  {
    title: 'ECDH P-521, AES-256-CBC',
    key: 'ec:P-521',
    options: {},
    openssl: ['-aes-256-cbc'],
    unreadable: { nss: nssNoEcdh, gpgsm: gpgsmNoEcKey },
  },
]

/** What is signed, encrypted and read back whole. */
export interface BodyRow {
  readonly title: string
  readonly encoding: '7bit' | 'quoted-printable' | 'base64'
  readonly body: () => Buffer
}

export const bodyRows: readonly BodyRow[] = [
  { title: 'no octet', encoding: '7bit', body: () => Buffer.alloc(0) },
  { title: 'one octet', encoding: '7bit', body: () => Buffer.from('x') },
  { title: 'a last line without its end', encoding: '7bit', body: () => Buffer.from('All\r\nis quiet') },
  { title: 'empty lines and dots', encoding: '7bit', body: () => Buffer.from('\r\n.\r\n..\r\n \r\n\r\n') },
  {
    title: 'lines of 998 octets',
    encoding: '7bit',
    body: () => Buffer.from(`${'x'.repeat(998)}\r\n`.repeat(3)),
  },
  {
    title: '8-bit letters, quoted-printable',
    encoding: 'quoted-printable',
    body: () => Buffer.from('Gr=C3=BC=C3=9Fe,=20\r\nlong =\r\nlines\r\n'),
  },
  {
    title: 'every octet there is, base64',
    encoding: 'base64',
    body: () => encodeBase64Lines(Uint8Array.from({ length: 4096 }, (_, index) => index % 256)),
  },
  {
    title: '25 MB, base64',
    encoding: 'base64',
    body: () => encodeBase64Lines(Buffer.alloc(25_000_000, 0xa5)),
  },
]
