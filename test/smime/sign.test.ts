import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { entityOf } from '../../src/mime.js'
import { loadIdentity, sign } from '../../src/smime/index.js'
import {
  authority,
  openssl,
  person,
  pkcs12,
  type TestCertificate,
  temporaryFile,
  temporaryPath,
  testCertificate,
} from '../certificates/certificates.js'
import { takeApart } from '../readers/mime.js'
import { bcc, deliveryOf, exampleEntity, exampleMail, to, warningCodes, wire } from './example-mail.js'

const day = 24 * 60 * 60 * 1000
const soc = () => person('soc@example.com')
const identityOf = ({ pem, keyPem, issuers }: TestCertificate) => ({
  certificate: pem,
  privateKey: keyPem,
  ...(issuers.length > 0 && { chain: issuers.map((issuer) => issuer.pem).join('') }),
})
const signing = (who = soc()) => sign({ identity: identityOf(who) })

describe('whether a mail is signed', () => {
  it('it is when there is an identity', async () => {
    const mail = await signing()(exampleMail(), {})
    expect(mail.signer?.addresses).toEqual(['soc@example.com'])
    expect(deliveryOf(mail).entity.headers[0]?.value).toMatch(/^multipart\/signed;/)
    expect(mail.timings.sign).toBeGreaterThan(0)
  })

  it('it is not when it says so, and passes through untouched', async () => {
    const mail = exampleMail({ sign: false })
    const passed = await signing()(mail, {})
    expect(passed.deliveries).toBe(mail.deliveries)
    expect(passed.signer).toBeNull()
  })

  it('it is not when there is no identity', async () => {
    const mail = exampleMail()
    expect((await sign({})(mail, {})).deliveries).toBe(mail.deliveries)
  })

  it('without an identity, to ask for it is IDENTITY_MISSING and says what to configure', async () => {
    await expect(sign({})(exampleMail({ sign: true }), {})).rejects.toMatchObject({
      code: 'IDENTITY_MISSING',
      stage: 'sign',
      message: expect.stringContaining('smime.identity'),
    })
  })

  it('an identity may be loaded before', async () => {
    const identity = await loadIdentity(identityOf(soc()))
    expect((await sign({ identity })(exampleMail(), {})).signer).toMatchObject(identity.summary)
  })
})

describe('the signature', () => {
  it('is detached, with SHA-256, in a multipart of two parts', async () => {
    const message = (await wire(await signing()(exampleMail(), {}))).toString('latin1')
    expect(message).toMatch(
      /^Content-Type: multipart\/signed; protocol="application\/pkcs7-signature";\r\n micalg=sha-256; boundary="/m,
    )
    expect(message).toMatch(/^Content-Type: application\/pkcs7-signature; name="smime.p7s"\r$/m)
    expect(message.split('\r\n').every((line) => line.length <= 78)).toBe(true)
    expect(message).not.toMatch(/[^\r]\n|\r[^\n]/)
  })

  it('holds what was composed, octet by octet', async () => {
    const { content } = takeApart(await wire(await signing()(exampleMail(), {})))
    const body = Buffer.concat([...(exampleEntity.body() as Iterable<Uint8Array>)]).toString()
    expect(content.toString().endsWith(`\r\n\r\n${body}`)).toBe(true)
  })

  it('says the moment of the Date field', async () => {
    const date = new Date(Date.now() + 12_345_000)
    const printed = await printedSignature(await signing()(exampleMail({}, undefined, { date }), {}))
    const minutes = new Date(date).toISOString().slice(14, 19)
    expect(printed).toMatch(new RegExp(`signingTime[^]*UTCTIME:.*:${minutes}`))
  })

  it('names what the signer can decrypt, and the certificate by its hash', async () => {
    const printed = await printedSignature(await signing()(exampleMail(), {}))
    expect(printed).toMatch(/S\/MIME Capabilities/)
    expect(printed).toMatch(/id-smime-aa-signingCertificateV2/)
  })

  it('has its attributes in the order of DER', async () => {
    const printed = await printedSignature(await signing()(exampleMail(), {}))
    const objects = [...printed.matchAll(/^ {12}object: (\S+)/gm)].map(([, name]) => name)
    expect(objects.length).toBeGreaterThanOrEqual(5)
    // openssl encodes a SET OF anew before it compares, NSS does not: so look at the bytes.
    const { signature } = takeApart(await wire(await signing()(exampleMail(), {})))
    const parsed = openssl(['asn1parse', '-inform', 'DER', '-in', temporaryFile('p7s', signature)]).toString()
    const start = /^ *(\d+):d=5 +hl=\d l= *\d+ cons: cont \[ 0 \]/m.exec(parsed)
    const attributes = [...parsed.matchAll(/^ *(\d+):d=6 +hl=(\d) l= *(\d+) cons: SEQUENCE/gm)]
      .filter(([, offset]) => Number(offset) > Number(start?.[1]))
      .map(([, offset, header, length]) =>
        signature.subarray(Number(offset), Number(offset) + Number(header) + Number(length)),
      )
      .slice(0, 5)
    expect(attributes).toHaveLength(5)
    expect(attributes).toEqual(attributes.toSorted(Buffer.compare))
  })

  it('is made once for an entity that deliveries share, and for each that they do not', async () => {
    const other = entityOf(exampleEntity.headers, Buffer.from('Another one.\r\n'))
    const deliveries = [
      { recipients: [to('alice@example.com')], entity: exampleEntity },
      { recipients: [bcc('bob@example.com')], entity: exampleEntity },
      { recipients: [bcc('carol@example.com')], entity: other },
    ]
    const mail = await signing()(exampleMail({}, undefined, { deliveries }), {})
    expect(deliveryOf(mail, 0).entity).toBe(deliveryOf(mail, 1).entity)
    expect(deliveryOf(mail, 2).entity).not.toBe(deliveryOf(mail, 0).entity)
    expect(mail.deliveries.map(({ recipients }) => recipients)).toEqual(deliveries.map((d) => d.recipients))
  })
})

describe('a certificate that is not valid', () => {
  it.each([
    ['expired before the mail', 400 * day, 'expired'],
    ['valid only after the mail', -day, 'not valid before'],
  ])('%s is IDENTITY_EXPIRED', async (_, distance, says) => {
    const date = new Date(Date.now() + distance)
    await expect(signing()(exampleMail({}, undefined, { date }), {})).rejects.toMatchObject({
      code: 'IDENTITY_EXPIRED',
      stage: 'sign',
      message: expect.stringContaining(says),
    })
  })

  it('that ends within two weeks is a warning', async () => {
    const date = new Date(Date.now() + 355 * day)
    const { warnings, signer } = await signing()(exampleMail({}, undefined, { date }), {})
    expect([9, 10]).toContain(signer?.daysLeft)
    expect(warnings).toEqual([
      {
        code: 'CERTIFICATE_EXPIRES_SOON',
        message: expect.stringContaining(`valid for ${signer?.daysLeft} days more`),
      },
    ])
  })
})

describe('what is doubtful is a warning', () => {
  it('nothing about a good one', async () => {
    expect((await signing()(exampleMail(), {})).warnings).toEqual([])
  })

  it.each([
    ['no purpose at all', ['basicConstraints = CA:FALSE']],
    ['the purpose of a web server', ['extendedKeyUsage = serverAuth']],
    ['a key usage without signing', ['keyUsage = keyEncipherment', 'extendedKeyUsage = emailProtection']],
  ])('%s: NO_EMAIL_PROTECTION', async (title, extensions) => {
    const who = testCertificate(title, { addresses: ['soc@example.com'], issuer: authority(), extensions })
    expect(warningCodes(await signing(who)(exampleMail(), {}))).toEqual(['NO_EMAIL_PROTECTION'])
  })

  it('any purpose is fine', async () => {
    const extensions = ['extendedKeyUsage = anyExtendedKeyUsage']
    const who = testCertificate('any', { addresses: ['soc@example.com'], issuer: authority(), extensions })
    expect((await signing(who)(exampleMail(), {})).warnings).toEqual([])
  })

  it.each([
    { from: 'SOC <soc@example.com>', expected: [] },
    { from: '=?utf-8?Q?SOC_M=C3=BCnchen?=\r\n <SOC@Example.com>', expected: [] },
    { from: 'soc@example.com', expected: [] },
    { from: '"soc@example.com" <eve@example.org>', expected: ['SIGNER_ADDRESS_MISMATCH'] },
    { from: '"<soc@example.com>" <eve@example.org>', expected: ['SIGNER_ADDRESS_MISMATCH'] },
    { from: 'soc@example.com.example.org', expected: ['SIGNER_ADDRESS_MISMATCH'] },
  ])('the author $from: $expected', async ({ from, expected }) => {
    const mail = exampleMail({}, undefined, { headers: [{ name: 'From', value: from }] })
    expect(warningCodes(await signing()(mail, {}))).toEqual(expected)
  })

  it('a certificate that names no address fits any author', async () => {
    const who = testCertificate('nameless', { issuer: authority() })
    expect((await signing(who)(exampleMail(), {})).warnings).toEqual([])
  })
})

describe('loading', () => {
  it('happens once, also for mails at the same time', async () => {
    const path = temporaryPath('soc.p12')
    writeFileSync(path, readFileSync(pkcs12(soc(), 'x')))
    const stage = sign({ identity: { p12: path, passphrase: 'x' } })
    await Promise.all([stage(exampleMail(), {}), stage(exampleMail(), {})])
    rmSync(path)
    expect((await stage(exampleMail(), {})).signer).not.toBeNull()
  })

  it('is tried again after it failed', async () => {
    const path = temporaryPath('later.p12')
    const stage = sign({ identity: { p12: path, passphrase: 'x' } })
    await expect(stage(exampleMail(), {})).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', stage: 'sign' })
    writeFileSync(path, readFileSync(pkcs12(soc(), 'x')))
    expect((await stage(exampleMail(), {})).signer).not.toBeNull()
  })

  it('nothing is signed once the caller has given up', async () => {
    await expect(signing()(exampleMail(), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
      stage: 'sign',
    })
  })
})

async function printedSignature(mail: Parameters<typeof wire>[0]): Promise<string> {
  const { signature } = takeApart(await wire(mail))
  return openssl([
    'cms',
    '-cmsout',
    '-print',
    '-inform',
    'DER',
    '-in',
    temporaryFile('p7s', signature),
  ]).toString()
}
