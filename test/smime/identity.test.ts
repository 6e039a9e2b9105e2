import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import forge from 'node-forge'
import { describe, expect, it } from 'vitest'
import { type IdentityOptions, loadIdentity } from '../../src/smime/index.js'
import {
  authority,
  authorityExtensions,
  openssl,
  person,
  pkcs12,
  type TestCertificate,
  temporaryFile,
  temporaryPath,
  testCertificate,
} from '../certificates/certificates.js'
import { mustRun } from '../readers/run.js'
import { describeWith } from '../setup/with-peer.js'

const passphrase = 'correct horse'
const soc = () => person('soc@example.com')

describe('a PKCS#12 file', () => {
  it.each([
    { made: 'by openssl 3 (PBES2 with AES-256, MAC with SHA-256)', options: [] },
    { made: 'by openssl -legacy (3DES and RC2-40, MAC with SHA-1)', options: ['-legacy'] },
    { made: 'with 3DES all over', options: ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES'] },
    { made: 'with two-key 3DES', options: ['-keypbe', 'PBE-SHA1-2DES', '-certpbe', 'PBE-SHA1-2DES'] },
    { made: 'with RC2-128', options: ['-legacy', '-certpbe', 'PBE-SHA1-RC2-128'] },
    { made: 'with AES-128', options: ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-192-CBC'] },
    { made: 'with a MAC of SHA-512', options: ['-macalg', 'sha512'] },
    { made: 'with the certificates in the clear', options: ['-certpbe', 'NONE'] },
    { made: 'without a MAC', options: ['-nomac'] },
    { made: 'with many rounds', options: ['-iter', '200000'] },
  ])('made $made opens', async ({ options }) => {
    const identity = await loadIdentity({ p12: pkcs12(soc(), passphrase, ...options), passphrase })
    expect(identity.summary.addresses).toEqual(['soc@example.com'])
    expect(identity.chain.map(({ der }) => der)).toEqual([derOf(soc()), derOf(authority())])
  })

  it.each([[], ['-legacy']])('opens with a passphrase beyond ASCII %s', async (...options) => {
    const beyond = 'Schlüssel 鍵 🔑'
    const p12 = pkcs12(soc(), beyond, ...options)
    expect((await loadIdentity({ p12, passphrase: beyond })).summary.addresses).toEqual(['soc@example.com'])
  })

  it.each([undefined, ''])('with an empty passphrase opens with %j', async (given) => {
    const p12 = pkcs12(soc(), '')
    expect((await loadIdentity({ p12, passphrase: given })).summary.addresses).toEqual(['soc@example.com'])
  })

  it('with no passphrase at all opens, which is not the same as an empty one', async () => {
    const key = forge.pki.privateKeyFromPem(soc().keyPem)
    const certificate = forge.pki.certificateFromPem(soc().pem)
    const file = forge.pkcs12.toPkcs12Asn1(key, [certificate], null)
    const p12 = Buffer.from(forge.asn1.toDer(file).getBytes(), 'latin1')
    expect((await loadIdentity({ p12 })).summary.addresses).toEqual(['soc@example.com'])
  })

  it('may be base64, in lines or not, armoured or not', async () => {
    const bytes = readFileSync(pkcs12(soc(), passphrase))
    const base64 = bytes.toString('base64')
    const lines = base64.replace(/.{64}/g, '$&\r\n')
    for (const text of [base64, `${lines}\n`, `-----BEGIN PKCS12-----\n${lines}\n-----END PKCS12-----\n`]) {
      const identity = await loadIdentity({ p12: temporaryFile('soc.b64', text), passphrase })
      expect(identity.summary.addresses).toEqual(['soc@example.com'])
    }
  })

  it('may be bytes, raw or in base64', async () => {
    const bytes = readFileSync(pkcs12(soc(), passphrase))
    for (const p12 of [bytes, new Uint8Array(bytes), Buffer.from(bytes.toString('base64'))]) {
      expect((await loadIdentity({ p12, passphrase })).summary.addresses).toEqual(['soc@example.com'])
    }
  })

  it('with a chain gives it in order, without what is not part of it', async () => {
    const { signer, intermediate } = deepSigner()
    const bag: TestCertificate = {
      ...signer,
      issuers: [authority(), person('stranger@example.com'), intermediate],
    }
    const identity = await loadIdentity({ p12: pkcs12(bag, passphrase), passphrase })
    expect(identity.chain.map(({ der }) => der)).toEqual([signer, intermediate, authority()].map(derOf))
  })

  it('with several certificates for its key gives the one that is valid', async () => {
    const old = testCertificate('old-soc', {
      addresses: ['soc@example.com'],
      issuer: authority(),
      keyOf: soc(),
      validity: ['20200101000000Z', '20210101000000Z'],
    })
    const p12 = pkcs12({ ...old, issuers: [soc()] }, passphrase)
    expect((await loadIdentity({ p12, passphrase })).certificate.der).toEqual(derOf(soc()))
  })
})

describeWith('nss')('a PKCS#12 file that NSS wrote, as Thunderbird does', () => {
  it('opens', async () => {
    const database = `sql:${temporaryPath('nss')}`
    const exported = temporaryPath('exported.p12')
    const folder = database.slice('sql:'.length)
    await mustRun('mkdir', [folder])
    await mustRun('certutil', ['-N', '-d', database, '--empty-password'])
    await mustRun('pk12util', ['-i', pkcs12(soc(), 'x'), '-d', database, '-W', 'x', '-K', ''])
    const listed = (await mustRun('certutil', ['-L', '-d', database])).stdout.toString()
    const nickname = /^(.*\S)\s+u,u,u/m.exec(listed)?.[1] ?? ''
    await mustRun('pk12util', ['-o', exported, '-n', nickname, '-d', database, '-W', passphrase, '-K', ''])
    expect((await loadIdentity({ p12: exported, passphrase })).summary.addresses).toEqual(['soc@example.com'])
  })
})

describe('an identity in PEM', () => {
  it('may have its certificates in DER', async () => {
    const { signer, intermediate } = deepSigner()
    const identity = await loadIdentity({
      certificate: temporaryFile('signer.cer', derOf(signer)),
      chain: temporaryFile('intermediate.der', derOf(intermediate)),
      privateKey: signer.key,
    })
    expect(identity.chain).toHaveLength(2)
  })

  it('may be files or text, with the chain in any order', async () => {
    const { signer, intermediate } = deepSigner()
    const chain = authority().pem + intermediate.pem
    const inFiles = {
      certificate: signer.certificate,
      privateKey: signer.key,
      chain: temporaryFile('c', chain),
    }
    const inText = { certificate: `The SOC:\n${signer.pem}`, privateKey: signer.keyPem, chain }
    const inOne = { certificate: signer.pem + chain, privateKey: signer.keyPem }
    for (const options of [inFiles, inText, inOne]) {
      const identity = await loadIdentity(options)
      expect(identity.chain.map(({ der }) => der)).toEqual([signer, intermediate, authority()].map(derOf))
    }
  })

  it.each([
    { form: 'PKCS#8, AES-256', args: ['pkcs8', '-topk8', '-v2', 'aes256'] },
    { form: 'PKCS#8, 3DES', args: ['pkcs8', '-topk8', '-v1', 'PBE-SHA1-3DES'] },
    { form: 'the older form, AES-128', args: ['rsa', '-traditional', '-aes128'] },
  ])('opens with a key encrypted in $form', async ({ args }) => {
    const privateKey = temporaryPath('encrypted.key')
    openssl(args, ['-in', soc().key, '-out', privateKey, '-passout', `pass:${passphrase}`])
    const certificate = soc().certificate
    const identity = await loadIdentity({ certificate, privateKey, passphrase })
    expect(identity.summary.addresses).toEqual(['soc@example.com'])
    for (const wrong of [undefined, 'wrong']) {
      await expect(loadIdentity({ certificate, privateKey, passphrase: wrong })).rejects.toMatchObject({
        code: 'WRONG_PASSPHRASE',
        field: 'smime.identity.passphrase',
      })
    }
  })
})

describe('an identity that is not right', () => {
  it.each([
    { title: 'a p12', options: () => ({ p12: '/nowhere/soc.p12' }), field: 'smime.identity.p12' },
    {
      title: 'a certificate',
      options: () => ({ certificate: '/nowhere/soc.pem', privateKey: soc().key }),
      field: 'smime.identity.certificate',
    },
    {
      title: 'a key',
      options: () => ({ certificate: soc().certificate, privateKey: '/nowhere/soc.key' }),
      field: 'smime.identity.privateKey',
    },
    {
      title: 'a chain',
      options: () => ({ certificate: soc().pem, privateKey: soc().key, chain: '/nowhere/ca.pem' }),
      field: 'smime.identity.chain',
    },
  ])('$title that is not there is FILE_NOT_FOUND and names the setting', async ({ options, field }) => {
    await expect(loadIdentity(options())).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
      field,
      message: expect.stringContaining('/nowhere/'),
    })
  })

  it.each([[], ['-legacy'], ['-nomac'], ['-nomac', '-legacy']])(
    'the wrong passphrase is WRONG_PASSPHRASE %s',
    async (...options) => {
      const p12 = pkcs12(soc(), passphrase, ...options)
      for (const wrong of ['wrong', '', undefined]) {
        await expect(loadIdentity({ p12, passphrase: wrong })).rejects.toMatchObject({
          code: 'WRONG_PASSPHRASE',
          field: 'smime.identity.passphrase',
        })
      }
    },
  )

  it('a key of another certificate is KEY_MISMATCH', async () => {
    const options = { certificate: soc().pem, privateKey: person('alice@example.com').keyPem }
    await expect(loadIdentity(options)).rejects.toMatchObject({ code: 'KEY_MISMATCH' })
  })

  it('a key that only looks like the right one is KEY_MISMATCH, before it signs anything', async () => {
    const { n, e } = jwkOf(soc())
    const patched = { ...jwkOf(person('alice@example.com')), n, e }
    const privateKey = createPrivateKey({ key: patched, format: 'jwk' })
      .export({ format: 'pem', type: 'pkcs8' })
      .toString()
    await expect(loadIdentity({ certificate: soc().pem, privateKey })).rejects.toMatchObject({
      code: 'KEY_MISMATCH',
    })
  })

  it.each(['ec', 'rsa-pss'] as const)('a key of kind %s is refused by name', async (kind) => {
    const other = testCertificate(`${kind}-soc`, { issuer: authority(), key: kind })
    await expect(loadIdentity({ certificate: other.pem, privateKey: other.keyPem })).rejects.toMatchObject({
      code: 'IDENTITY_UNREADABLE',
      message: expect.stringContaining(kind.toUpperCase()),
    })
    await expect(loadIdentity({ p12: pkcs12(other, passphrase), passphrase })).rejects.toMatchObject({
      code: 'IDENTITY_UNREADABLE',
      message: expect.stringContaining('RSA'),
    })
  })

  it('a p12 that is PEM says where PEM belongs', async () => {
    const pem = temporaryFile('soc.pem', soc().keyPem + soc().pem)
    for (const p12 of [pem, soc().certificate, Buffer.from(soc().keyPem)]) {
      await expect(loadIdentity({ p12 })).rejects.toMatchObject({
        code: 'IDENTITY_UNREADABLE',
        field: 'smime.identity.p12',
        message: expect.stringMatching(
          /: it is PEM, not PKCS#12; name it in smime\.identity\.certificate, and its key in smime\.identity\.privateKey$/,
        ),
      })
    }
  })

  it('a p12 without a key, or without a certificate, says which', async () => {
    const path = temporaryPath('half.p12')
    const half = (...args: string[]) =>
      openssl(['pkcs12', '-export', '-out', path, '-passout', `pass:${passphrase}`, ...args])
    half('-nokeys', '-in', soc().certificate)
    await expect(loadIdentity({ p12: path, passphrase })).rejects.toMatchObject({
      code: 'IDENTITY_UNREADABLE',
      message: expect.stringContaining('no private key'),
    })
    half('-nocerts', '-inkey', soc().key)
    await expect(loadIdentity({ p12: path, passphrase })).rejects.toMatchObject({
      code: 'IDENTITY_UNREADABLE',
      message: expect.stringContaining('no certificate'),
    })
  })

  it.each([
    {
      title: 'a text that is no key',
      privateKey: temporaryFile('notes.txt', 'nothing here'),
      says: 'no private key',
    },
    {
      title: 'a key with a backslash and an n for its line breaks',
      privateKey: soc().keyPem.replaceAll('\n', '\\n'),
      says: 'put real line breaks there',
    },
    { title: 'a key cut short', privateKey: '-----BEGIN PRIVATE KEY-----\nMIIE', says: 'END line' },
  ])('$title is IDENTITY_UNREADABLE', async ({ privateKey, says }) => {
    await expect(loadIdentity({ certificate: soc().pem, privateKey })).rejects.toMatchObject({
      code: 'IDENTITY_UNREADABLE',
      field: 'smime.identity.privateKey',
      message: expect.stringContaining(says),
    })
  })

  it.each<IdentityOptions>([
    { p12: '' },
    { certificate: 'soc.pem', privateKey: '' },
    { certificate: '', privateKey: 'soc.key' },
    JSON.parse('{}'),
  ])('%j names no files, and is INVALID_CONFIG', async (options) => {
    await expect(loadIdentity(options)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      field: 'smime.identity',
    })
  })

  it('is not loaded once the caller has given up', async () => {
    const options = { p12: pkcs12(soc(), passphrase), passphrase }
    await expect(loadIdentity(options, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    })
  })

  it('a file without a certificate is INVALID_CERTIFICATE', async () => {
    const options = { certificate: soc().key, privateKey: soc().key }
    await expect(loadIdentity(options)).rejects.toMatchObject({
      code: 'INVALID_CERTIFICATE',
      field: 'smime.identity.certificate',
    })
  })
})

function deepSigner(): { signer: TestCertificate; intermediate: TestCertificate } {
  const intermediate = testCertificate('intermediate', {
    issuer: authority(),
    extensions: authorityExtensions,
  })
  const signer = testCertificate('deep-soc', { addresses: ['soc@example.com'], issuer: intermediate })
  return { signer, intermediate }
}

function derOf({ certificate }: TestCertificate): Buffer {
  return openssl(['x509', '-in', certificate, '-outform', 'DER'])
}

function jwkOf({ keyPem }: TestCertificate) {
  return createPrivateKey(keyPem).export({ format: 'jwk' })
}
