import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readCertificates } from '../../../src/smime/certificates/certificate.js'
import { encrypt, loadIdentity, sign } from '../../../src/smime/index.js'
import {
  authority,
  authorityExtensions,
  openssl,
  person,
  type TestCertificate,
  temporaryPath,
  testCertificate,
} from '../../certificates/certificates.js'
import { damaged, expectOurs } from '../damaged.js'
import { exampleMail, warningCodes } from '../example-mail.js'

const alice = () => person('alice@example.com')
/** Newer than Alice's own, and issued by nobody known. */
const impostor = () => {
  const hour = 60 * 60 * 1000
  const [from, until] = [Date.now() - hour / 2, Date.now() + 900 * hour].map((moment) =>
    new Date(moment).toISOString().replace(/[-:T]/g, '').slice(0, 14),
  )
  return testCertificate('impostor-alice', {
    addresses: ['alice@example.com'],
    validity: [`${from}Z`, `${until}Z`],
  })
}

describe('somebody else’s certificate with the recipient’s address', () => {
  const store = (...of: TestCertificate[]) => {
    const path = temporaryPath('store')
    mkdirSync(path)
    of.forEach(({ pem }, index) => {
      writeFileSync(join(path, `${index}.pem`), pem)
    })
    return path
  }

  it('does not win over one that an authority vouches for, though it is newer', async () => {
    const certificates = store(alice(), impostor())
    const stage = encrypt({ certificates, trust: authority().certificate })
    const mail = await stage(exampleMail({ encrypt: true }), {})
    expect(mail.recipientsCertificates?.map(({ subject }) => subject)).toEqual(['CN=alice@example.com'])
    expect(warningCodes(mail)).toEqual([])
  })

  it('is warned of where there is no other', async () => {
    const stage = encrypt({ certificates: store(impostor()), trust: authority().certificate })
    expect(warningCodes(await stage(exampleMail({ encrypt: true }), {}))).toEqual(['CERTIFICATE_UNTRUSTED'])
  })
})

describe('an authority’s certificate alone', () => {
  it.each([
    ['CA:TRUE', authorityExtensions],
    ['keyCertSign alone', ['keyUsage = keyCertSign']],
  ])('is no recipient’s: %s', async (title, extensions) => {
    const { pem } = testCertificate(`lone ${title}`, { extensions })
    await expect(encrypt({})(exampleMail({ encryptionCertificates: pem }), {})).rejects.toMatchObject({
      code: 'CERTIFICATE_MISSING',
      message: expect.stringMatching(/alice@example\.com.*lone.*authority/),
    })
  })
})

describe('a flood of certificates', () => {
  it('of megabytes is refused unread', async () => {
    const nulls = Buffer.concat([Buffer.from('308400400000', 'hex'), Buffer.alloc(0x400000, '0500', 'hex')])
    const before = process.memoryUsage().rss
    await expect(
      encrypt({})(exampleMail({ encryptionCertificates: pemOf(nulls) }), {}),
    ).rejects.toMatchObject({
      code: 'INVALID_CERTIFICATE',
      message: expect.stringContaining('64 KB'),
    })
    expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000)
  })

  it('that are all the same is one', async () => {
    const mail = exampleMail({ encryptionCertificates: [alice().pem.repeat(5000), alice().pem] })
    expect(warningCodes(await encrypt({})(mail, {}))).toEqual([])
  })

  it('is refused beyond 1,000 different ones', async () => {
    const der = openssl(['x509', '-in', alice().certificate, '-outform', 'DER'])
    // Other signatures, which nobody has to verify in order to encrypt.
    const different = Array.from({ length: 1001 }, (_, index) => {
      const copy = Buffer.from(der)
      copy.writeUInt16BE(index, copy.length - 2)
      return pemOf(copy)
    })
    await expect(encrypt({})(exampleMail({ encryptionCertificates: different }), {})).rejects.toMatchObject({
      code: 'INVALID_CERTIFICATE',
      message: expect.stringContaining('1,000'),
    })
  })
})

describe('a certificate whose bits are turned over', () => {
  it('inside sound base64 ends in an error of ours, where it is noticed', async () => {
    const der = openssl(['x509', '-in', alice().certificate, '-outform', 'DER'])
    for (const bytes of damaged(der, 300)) {
      const text = `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64')}\n-----END CERTIFICATE-----`
      await expectOurs(encrypt({})(exampleMail({ encryptionCertificates: text }), {}))
    }
  })
})

describe('a key that is too weak', () => {
  it('does not sign', async () => {
    const { pem, keyPem } = testCertificate('weak-signer', { key: 'rsa:512', addresses: ['soc@example.com'] })
    const identity = await loadIdentity({ certificate: pem, privateKey: keyPem })
    expect(() => sign({ identity })).toThrow(
      expect.objectContaining({ code: 'IDENTITY_UNSUITABLE', message: expect.stringContaining('weak') }),
    )
  })

  it('is also one whose public exponent is 1: nothing is encrypted by it', async () => {
    const { modulus, der } = withModulus()
    // In a certificate, the exponent 65537 stands right behind the modulus.
    const at = der.indexOf(Buffer.from('0203010001', 'hex'), der.indexOf(modulus))
    const exponentOne = Buffer.from(der)
    Buffer.from('0203000001', 'hex').copy(exponentOne, at)
    await expect(
      encrypt({})(exampleMail({ encryptionCertificates: pemOf(exponentOne) }), {}),
    ).rejects.toMatchObject({ code: 'INVALID_CERTIFICATE', message: expect.stringContaining('too weak') })
  })
})

describe('what only looks like an address in a certificate', () => {
  it.each(['alice', 'alice @example.com', 'a@b@example.com', '@example.com'])('is none: %s', (text) => {
    const { pem } = testCertificate(`odd ${text}`, { subject: `/emailAddress=${text}` })
    expect(readCertificates(pem)[0]?.addresses).toEqual([])
  })
})

function pemOf(der: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`
}

function withModulus() {
  const der = openssl(['x509', '-in', alice().certificate, '-outform', 'DER'])
  const text = openssl(['x509', '-in', alice().certificate, '-noout', '-modulus']).toString()
  return { der, modulus: Buffer.from(text.trim().replace('Modulus=', ''), 'hex') }
}
