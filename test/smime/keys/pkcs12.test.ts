import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import forge from 'node-forge'
import { describe, expect, it } from 'vitest'
import { loadIdentity, sign } from '../../../src/smime/index.js'
import {
  authority,
  authorityExtensions,
  type KeyKind,
  person,
  pkcs12,
  type TestCertificate,
  temporaryFile,
  temporaryPath,
  testCertificate,
} from '../../certificates/certificates.js'
import { mustRun } from '../../readers/run.js'
import { describeWith } from '../../setup/with-peer.js'
import { exampleMail } from '../example-mail.js'
import { asBer, withoutMac, withPbmac1 } from './pkcs12-editing.js'

const passphrase = 'correct horse'
const soc = () => person('soc@example.com')

/** Every cipher that a key or certificates are found under, as openssl calls it. */
const ciphers = [
  'AES-128-CBC',
  'AES-192-CBC',
  'AES-256-CBC',
  'DES-EDE3-CBC',
  'CAMELLIA-256-CBC',
  'ARIA-128-CBC',
  'PBE-SHA1-3DES',
  'PBE-SHA1-2DES',
  'PBE-SHA1-RC2-128',
  'PBE-SHA1-RC2-40',
  'NONE',
]
const macs = [
  ...['sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'sha512-224', 'sha512-256'].map((name) => [
    '-macalg',
    name,
  ]),
  ['-nomac'],
]

const windows = ['-iter', '2000', '-keyex', '-LMK', '-CSP', 'Microsoft Enhanced Cryptographic Provider v1.0']

describe('a PKCS#12 file opens', () => {
  it.each(ciphers.flatMap((cipher) => macs.map((mac) => ({ cipher, mac }))))(
    'with key and certificates under $cipher, $mac',
    async ({ cipher, mac }) => {
      const options = ['-legacy', '-keypbe', cipher, '-certpbe', cipher, ...mac]
      await expectSoc(pkcs12(soc(), passphrase, ...options), passphrase)
    },
  )

  // What each writes unless it is told otherwise, by openssl: the systems themselves are not at hand.
  it.each([
    { writer: 'openssl 3', options: [] },
    { writer: 'openssl 1.1', options: ['-legacy', '-macalg', 'sha1'] },
    {
      writer: 'Windows, TripleDES-SHA1',
      options: [
        '-legacy',
        '-keypbe',
        'PBE-SHA1-3DES',
        '-certpbe',
        'PBE-SHA1-3DES',
        '-macalg',
        'sha1',
        ...windows,
      ],
    },
    { writer: 'Windows, AES256-SHA256', options: ['-macalg', 'sha256', ...windows] },
    { writer: 'macOS', options: ['-legacy', '-macalg', 'sha1', '-iter', '2048'] },
    { writer: 'a careful one', options: ['-iter', '600000'] },
    { writer: 'a careless one', options: ['-noiter', '-nomaciter'] },
  ])('as $writer writes it', async ({ options }) => {
    await expectSoc(pkcs12(soc(), passphrase, ...options), passphrase)
  })

  it.each([
    { title: 'beyond ASCII', secret: 'Schlüssel 鍵' },
    { title: 'with astral letters', secret: '🔑𝔘' },
    { title: 'of 300 letters', secret: 'horse '.repeat(50) },
    { title: 'that is empty', secret: '' },
  ])('with a passphrase $title, whatever encrypts and checks', async ({ secret }) => {
    for (const options of [[], ['-legacy'], ['-nomac'], ['-nomac', '-legacy']]) {
      await expectSoc(pkcs12(soc(), secret, ...options), secret)
    }
    await expectSoc(withPbmac1(readFileSync(pkcs12(soc(), secret)), secret), secret)
  })

  it.each(['with a MAC', 'without'])(
    'with no passphrase at all, which is not the same as an empty one: %s',
    async (mac) => {
      const key = forge.pki.privateKeyFromPem(soc().keyPem)
      const certificates = [soc(), authority()].map(({ pem }) => forge.pki.certificateFromPem(pem))
      const file = bytesOf(forge.pkcs12.toPkcs12Asn1(key, certificates, null, { algorithm: '3des' }))
      for (const given of [undefined, '']) await expectSoc(mac === 'without' ? withoutMac(file) : file, given)
    },
  )

  it.each([
    { prf: 9, mac: 9 },
    { prf: 9, mac: 11 },
    { prf: 11, mac: 11 },
    { prf: 7, mac: 10 },
  ])('with PBMAC1 (RFC 9579) of HMACs $prf and $mac', async (hmacs) => {
    const file = withPbmac1(readFileSync(pkcs12(soc(), passphrase)), passphrase, hmacs)
    await expectSoc(file, passphrase)
    await expect(loadIdentity({ p12: file, passphrase: 'wrong' })).rejects.toMatchObject({
      code: 'WRONG_PASSPHRASE',
    })
  })

  it('in BER, as writers that stream leave it', async () => {
    for (const options of [[], ['-legacy'], ['-nomac']]) {
      await expectSoc(asBer(readFileSync(pkcs12(soc(), passphrase, ...options))), passphrase)
    }
  })

  it('in base64, in lines or not, armoured or not, as a file or as bytes', async () => {
    const base64 = readFileSync(pkcs12(soc(), passphrase)).toString('base64')
    const lines = base64.replace(/.{64}/g, '$&\r\n')
    const armoured = `-----BEGIN PKCS12-----\n${lines}\n-----END PKCS12-----\n`
    for (const text of [base64, `${lines}\n`, armoured]) {
      await expectSoc(temporaryFile('soc.b64', text), passphrase)
      await expectSoc(Buffer.from(text), passphrase)
    }
  })
})

describe('the certificates in a PKCS#12 file', () => {
  it('may be in any order: the chain comes out in its own', async () => {
    const intermediate = testCertificate('intermediate', {
      issuer: authority(),
      extensions: authorityExtensions,
    })
    const signer = testCertificate('deep-soc', { addresses: ['soc@example.com'], issuer: intermediate })
    const chain = [signer, intermediate, authority()]
    for (const order of [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ]) {
      const certificates = order.flatMap((index) => chain[index] ?? [])
      const identity = await loadIdentity({ p12: fileOf(signer, certificates), passphrase })
      expect(identity.chain.map(({ der }) => der)).toEqual(chain.map(derOf))
    }
  })

  it('may be the signer’s alone', async () => {
    const identity = await loadIdentity({ p12: fileOf(soc(), [soc()]), passphrase })
    expect(identity.chain.map(({ der }) => der)).toEqual([derOf(soc())])
  })

  it('may be a stranger’s among others, who stays out', async () => {
    const stranger = person('stranger@example.com')
    const identity = await loadIdentity({ p12: fileOf(soc(), [stranger, soc(), authority()]), passphrase })
    expect(identity.chain.map(({ der }) => der)).toEqual([soc(), authority()].map(derOf))
  })
})

describe('the kinds of keys', () => {
  it.each<{ key: KeyKind; type: string; curve?: string }>([
    { key: 'rsa:2048', type: 'rsa' },
    { key: 'rsa-pss', type: 'rsa-pss' },
    { key: 'ec', type: 'ec', curve: 'prime256v1' },
    { key: 'ec:P-384', type: 'ec', curve: 'secp384r1' },
    { key: 'ec:P-521', type: 'ec', curve: 'secp521r1' },
    { key: 'ed25519', type: 'ed25519' },
  ])('$key is loaded, old form and new', async ({ key, type, curve }) => {
    const who = testCertificate(`soc with ${key}`, {
      addresses: ['soc@example.com'],
      issuer: authority(),
      key,
    })
    for (const options of [[], ['-legacy']]) {
      const identity = await loadIdentity({ p12: pkcs12(who, passphrase, ...options), passphrase })
      expect(identity.key.asymmetricKeyType).toBe(type)
      expect(identity.key.asymmetricKeyDetails?.namedCurve).toBe(curve)
      expect(identity.chain.map(({ der }) => der)).toEqual([who, authority()].map(derOf))
    }
  })

  it('Ed25519 does not sign mail, and says who could not read it', async () => {
    const who = testCertificate('soc with ed25519', { issuer: authority(), key: 'ed25519' })
    const p12 = pkcs12(who, passphrase)
    const reason = {
      code: 'IDENTITY_UNSUITABLE',
      field: 'smime.identity',
      message: expect.stringMatching(
        /ED25519, which OpenSSL 3\.0, NSS \(Thunderbird\) and GnuPG cannot verify/,
      ),
    }
    await expect(sign({ identity: { p12, passphrase } })(exampleMail(), {})).rejects.toMatchObject(reason)
    const identity = await loadIdentity({ p12, passphrase })
    expect(() => sign({ identity })).toThrow(expect.objectContaining(reason))
  })
})

describeWith('nss')('a PKCS#12 file that NSS writes, as Thunderbird does', () => {
  // 600,000 rounds each.
  it.each([
    { cipher: 'AES-256-CBC', mac: 'SHA-256' },
    { cipher: 'AES-128-CBC', mac: 'SHA-1' },
    { cipher: 'AES-192-CBC', mac: 'SHA-512' },
    { cipher: 'CAMELLIA-256-CBC', mac: 'SHA-384' },
    { cipher: 'DES-EDE3-CBC', mac: 'SHA-1' },
    { cipher: 'RC2-CBC', mac: 'SHA-256' },
    { cipher: 'PKCS #12 V2 PBE With SHA-1 And 40 Bit RC2 CBC', mac: 'SHA-1' },
  ])('opens: $cipher, $mac', async ({ cipher, mac }) => {
    const database = await databaseWith(soc())
    await expectSoc(await exported(database, passphrase, ['-c', cipher, '-C', cipher, '-M', mac]), passphrase)
  })

  it('opens with a passphrase beyond ASCII', async () => {
    await expectSoc(await exported(await databaseWith(soc()), 'Schlüssel 鍵', []), 'Schlüssel 鍵')
  })
})

async function databaseWith(who: TestCertificate): Promise<string> {
  const folder = temporaryPath('nss')
  await mustRun('mkdir', [folder])
  await mustRun('certutil', ['-N', '-d', `sql:${folder}`, '--empty-password'])
  const p12 = pkcs12(who, 'x', '-name', 'signer')
  await mustRun('pk12util', ['-i', p12, '-d', `sql:${folder}`, '-W', 'x', '-K', ''])
  return `sql:${folder}`
}

async function exported(database: string, secret: string, options: string[]): Promise<string> {
  const path = temporaryPath('exported.p12')
  await mustRun('pk12util', ['-o', path, '-n', 'signer', '-d', database, '-W', secret, '-K', '', ...options])
  return path
}

async function expectSoc(p12: string | Uint8Array, secret: string | undefined): Promise<void> {
  const identity = await loadIdentity({ p12, passphrase: secret })
  expect(identity.summary.addresses).toEqual(['soc@example.com'])
  expect(identity.chain.map(({ der }) => der)).toEqual([soc(), authority()].map(derOf))
}

/** A file with its certificates in that order; openssl has its own. */
function fileOf(who: TestCertificate, certificates: TestCertificate[]): Buffer {
  const key = forge.pki.privateKeyFromPem(who.keyPem)
  const parsed = certificates.map(({ pem }) => forge.pki.certificateFromPem(pem))
  return bytesOf(forge.pkcs12.toPkcs12Asn1(key, parsed, passphrase, { algorithm: '3des' }))
}

function bytesOf(value: forge.asn1.Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(value).getBytes(), 'latin1')
}

function derOf({ pem }: TestCertificate): Buffer {
  return new X509Certificate(pem).raw
}
