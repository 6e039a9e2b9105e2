import { createPrivateKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type IdentityOptions, loadIdentity, sign } from '../../../src/smime/index.js'
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
} from '../../certificates/certificates.js'
import { exampleMail } from '../example-mail.js'

const passphrase = 'correct horse'
const soc = () => person('soc@example.com')

describe('a PKCS#12 file', () => {
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

  it.each([
    ['ed25519', 'ED25519, which OpenSSL 3.0, NSS (Thunderbird) and GnuPG cannot verify'],
    ['ed448', 'ED448, which OpenSSL 3.0, NSS (Thunderbird) and GnuPG cannot verify'],
    ['ec:secp256k1', 'on the curve secp256k1'],
  ] as const)('a key of kind %s does not sign, and is refused with the reason', async (key, reason) => {
    const other = testCertificate(`${key}-soc`, { issuer: authority(), key })
    for (const identity of [
      { certificate: other.pem, privateKey: other.keyPem },
      { p12: pkcs12(other, passphrase), passphrase },
    ]) {
      await expect(sign({ identity })(exampleMail(), {})).rejects.toMatchObject({
        code: 'IDENTITY_UNSUITABLE',
        message: expect.stringContaining(reason),
      })
    }
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
      code: 'IDENTITY_WITHOUT_KEY',
      message: expect.stringContaining('no private key'),
    })
    half('-nocerts', '-inkey', soc().key)
    await expect(loadIdentity({ p12: path, passphrase })).rejects.toMatchObject({
      code: 'KEY_MISMATCH',
      message: expect.stringContaining('no certificate'),
    })
  })

  it('a text that is no key is IDENTITY_WITHOUT_KEY', async () => {
    for (const privateKey of [temporaryFile('notes.txt', 'nothing here'), soc().pem]) {
      await expect(loadIdentity({ certificate: soc().pem, privateKey })).rejects.toMatchObject({
        code: 'IDENTITY_WITHOUT_KEY',
        field: 'smime.identity.privateKey',
      })
    }
  })

  it.each([
    {
      title: 'a key with a backslash and an n for its line breaks',
      privateKey: soc().keyPem.replaceAll('\n', '\\n'),
      says: 'put real line breaks there',
    },
    { title: 'a key cut short', privateKey: '-----BEGIN PRIVATE KEY-----\nMIIE', says: 'END line' },
    { title: 'a damaged p12', p12: temporaryFile('damaged.p12', '0\x82 no'), says: 'p12' },
  ])('$title is IDENTITY_UNREADABLE', async ({ privateKey, p12, says }) => {
    const options = p12 ? { p12 } : { certificate: soc().pem, privateKey: privateKey ?? '' }
    await expect(loadIdentity(options)).rejects.toMatchObject({
      code: 'IDENTITY_UNREADABLE',
      field: p12 ? 'smime.identity.p12' : 'smime.identity.privateKey',
      message: expect.stringContaining(says),
    })
  })

  it.each([
    ['a MAC', ['-macalg', 'md5']],
    ['an encryption', ['-legacy', '-keypbe', 'PBE-SHA1-RC4-128']],
    ['a cipher', ['-legacy', '-keypbe', 'des-cbc']],
  ])('%s that is not known is IDENTITY_UNSUPPORTED and says which', async (what, options) => {
    await expect(
      loadIdentity({ p12: pkcs12(soc(), passphrase, ...options), passphrase }),
    ).rejects.toMatchObject({
      code: 'IDENTITY_UNSUPPORTED',
      field: 'smime.identity.p12',
      message: expect.stringMatching(
        new RegExp(`its ${what.replace(/^an? /, '')} \\([\\d.]+\\) is not supported`),
      ),
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
