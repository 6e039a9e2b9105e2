import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { MimeEntity, MimeMail } from '../../src/mail.js'
import { loadIdentity, type SignOptions, sign } from '../../src/smime/index.js'
import {
  authority,
  type KeyKind,
  openssl,
  person,
  type TestCertificate,
  temporaryFile,
  testCertificate,
} from '../certificates/certificates.js'
import { cmsOf, takeApart } from '../readers/mime.js'
import { opensslReader } from '../readers/openssl.js'
import {
  deliveryOf,
  exampleContent,
  exampleEntity,
  exampleMail,
  to,
  warningCodes,
  wire,
} from './example-mail.js'

const identityOf = ({ pem, keyPem }: TestCertificate) => ({ certificate: pem, privateKey: keyPem })
const signer = (key: KeyKind) =>
  testCertificate(`soc ${key}`, { addresses: ['soc@example.com'], issuer: authority(), key })
const signed = (who: TestCertificate, options: SignOptions = {}, mail = exampleMail()) =>
  sign({ identity: identityOf(who), ...options })(mail, {})

const sha = { sha256: 'sha256', sha384: 'sha384', sha512: 'sha512' } as const

describe('how a key signs', () => {
  it.each<[KeyKind, SignOptions, string, string]>([
    ['rsa:2048', {}, sha.sha256, 'rsaEncryption'],
    ['rsa:2048', { signatureHash: 'sha384' }, sha.sha384, 'rsaEncryption'],
    ['rsa:2048', { signatureHash: 'sha512' }, sha.sha512, 'rsaEncryption'],
    ['rsa:2048', { signatureScheme: 'pss' }, sha.sha256, 'rsassaPss'],
    ['rsa:2048', { signatureScheme: 'pss', signatureHash: 'sha512' }, sha.sha512, 'rsassaPss'],
    ['rsa-pss', {}, sha.sha256, 'rsassaPss'],
    ['rsa-pss', { signatureHash: 'sha384' }, sha.sha384, 'rsassaPss'],
    ['ec', {}, sha.sha256, 'ecdsa-with-SHA256'],
    ['ec', { signatureHash: 'sha512' }, sha.sha512, 'ecdsa-with-SHA512'],
    ['ec:P-384', {}, sha.sha384, 'ecdsa-with-SHA384'],
    ['ec:P-521', {}, sha.sha512, 'ecdsa-with-SHA512'],
  ])('%s with %j: %s, %s', async (key, options, digest, algorithm) => {
    const mail = await signed(signer(key), options)
    await expectGood(mail)
    const [info] = signerInfosIn(printed(takeApart(await wire(mail)).signature))
    expect(info).toMatch(new RegExp(`digestAlgorithm: \\s+algorithm: ${digest} `))
    expect(info).toMatch(new RegExp(`signatureAlgorithm: \\s+algorithm: ${algorithm} `))
    expect((await wire(mail)).toString('latin1')).toContain(`micalg=${digest.replace('sha', 'sha-')};`)
  })

  it('a key for PSS with one hash alone signs with that, which OpenSSL 3.0 cannot read, nor what it makes itself', async () => {
    const who = signer('rsa-pss:sha384')
    const message = await wire(await signed(who))
    expect(signerInfosIn(printed(takeApart(message).signature))[0]).toMatch(/algorithm: sha384 /)
    const reader = await opensslReader({ authorities: [authority()] })
    expect(await reader.verify(message)).toMatchObject({
      ok: false,
      says: expect.stringMatching('not allowed'),
    })
    const signing = ['cms', '-sign', '-signer', who.certificate, '-inkey', who.key, '-md', 'sha384']
    expect(await reader.verify(openssl(signing, ['-in', who.certificate]))).toMatchObject({ ok: false })
  })

  it('with PSS, the salt is as long as the hash', async () => {
    const mail = await signed(signer('rsa:2048'), { signatureScheme: 'pss', signatureHash: 'sha384' })
    const file = temporaryFile('p7s', takeApart(await wire(mail)).signature)
    const parsed = openssl(['asn1parse', '-inform', 'DER', '-in', file]).toString()
    const parameters = parsed.slice(parsed.lastIndexOf(':rsassaPss')).split('\n').slice(0, 14).join('\n')
    expect(parameters.match(/:sha384/g)).toHaveLength(2)
    expect(parameters).toMatch(/:mgf1/)
    expect(parameters).toMatch(/INTEGER +:30/)
  })

  it.each<[string, KeyKind, SignOptions, RegExp]>([
    [
      'PKCS#1 of a key for PSS alone',
      'rsa-pss',
      { signatureScheme: 'pkcs1' },
      /for PSS alone; leave signatureScheme out/,
    ],
    [
      'another hash than its own',
      'rsa-pss:sha384',
      { signatureHash: 'sha256' },
      /for sha384 alone; leave signatureHash/,
    ],
    [
      'PSS of a short key',
      'rsa:1024',
      { signatureScheme: 'pss', signatureHash: 'sha512' },
      /1024 bits is too short/,
    ],
  ])('%s is INVALID_CONFIG, at once where the identity is loaded', async (_, key, options, reason) => {
    const refused = {
      code: 'INVALID_CONFIG',
      field: 'smime.identity',
      message: expect.stringMatching(reason),
    }
    await expect(signed(signer(key), options)).rejects.toMatchObject(refused)
    const identity = await loadIdentity(identityOf(signer(key)))
    expect(() => sign({ ...options, identity })).toThrow(expect.objectContaining(refused))
  })

  it.each([
    [{ signatureForm: 'clear' }, 'smime.signatureForm must be detached or opaque'],
    [{ signatureScheme: 'oaep' }, 'smime.signatureScheme must be pkcs1 or pss'],
    [{ signatureHash: 'sha1' }, 'smime.signatureHash must be sha256, sha384 or sha512'],
    [{ signatureHash: '' }, 'smime.signatureHash must be sha256, sha384 or sha512'],
    [{ signaturehash: 'sha256' }, 'there is no option "signaturehash"; did you mean signatureHash?'],
  ])('%j is refused', (options, message) => {
    expect(() => sign(options as SignOptions)).toThrow(message)
  })
})

describe('an opaque signature', () => {
  it('holds the content in application/pkcs7-mime', async () => {
    const mail = await signed(signer('rsa:2048'), { signatureForm: 'opaque' })
    expect(deliveryOf(mail).entity.headers[0]?.value).toBe(
      'application/pkcs7-mime; smime-type=signed-data;\r\n name="smime.p7m"',
    )
    const structure = cmsOf(await wire(mail))
    expect(structure.includes(exampleContent)).toBe(true)
    await expectGood(mail)
  })

  it('of a stream is the same structure, written as it is read', async () => {
    const entity = streamed(exampleEntity, 1)
    const mail = await signed(signer('rsa:2048'), { signatureForm: 'opaque' }, mailOf(entity))
    expect(Array.isArray(deliveryOf(mail).entity.body())).toBe(false)
    expect((await wire(mail)).equals(await wire(mail))).toBe(true)
    await expectGood(mail)
  })
})

describe('several signers', () => {
  const cosigners = () => [identityOf(signer('ec:P-384')), identityOf(signer('rsa-pss'))]

  it.each(['detached', 'opaque'] as const)('each sign: %s', async (signatureForm) => {
    const mail = await signed(signer('rsa:2048'), { cosigners: cosigners(), signatureForm })
    await expectGood(mail)
    const message = await wire(mail)
    const structure = signatureForm === 'opaque' ? cmsOf(message) : takeApart(message).signature
    expect(signerInfosIn(printed(structure))).toHaveLength(3)
    if (signatureForm === 'detached')
      expect(message.toString('latin1')).toContain('micalg="sha-256,sha-384";')
    expect(mail.signer?.subject).toBe('CN=soc rsa:2048')
    expect(mail.cosigners?.map(({ subject }) => subject)).toEqual(['CN=soc ec:P-384', 'CN=soc rsa-pss'])
    expect(mail.warnings).toEqual([])
  })

  it('are all checked: one whose certificate has expired keeps the mail back', async () => {
    const old = person('old-soc', { validity: ['20200101000000Z', '20210101000000Z'] })
    const mail = signed(signer('rsa:2048'), { cosigners: [identityOf(old)] })
    await expect(mail).rejects.toMatchObject({ code: 'IDENTITY_EXPIRED', field: 'smime.cosigners[0]' })
  })

  it('are warned of like the first, but need not be the author', async () => {
    const web = testCertificate('web', { issuer: authority(), extensions: ['extendedKeyUsage = serverAuth'] })
    const boss = person('boss@example.com')
    const mail = await signed(signer('rsa:2048'), { cosigners: [identityOf(boss), identityOf(web)] })
    expect(warningCodes(mail)).toEqual(['NO_EMAIL_PROTECTION'])
  })

  it('are a list, beside an identity', () => {
    expect(() => sign({ cosigners: cosigners() })).toThrow('set that one first')
    expect(() => sign({ identity: identityOf(signer('ec')), cosigners: 'soc.p12' as never })).toThrow(
      'must be a list',
    )
  })
})

describe('what the signature says of the signer', () => {
  it('what they can decrypt, best first', async () => {
    const [info = ''] = signerInfosIn(printed(takeApart(await wire(await signed(signer('ec')))).signature))
    const list = info.slice(info.indexOf('S/MIME Capabilities'))
    expect([...list.matchAll(/OBJECT +:(aes\S+)/g)].map(([, name]) => name)).toEqual([
      'aes-256-cbc',
      'aes-192-cbc',
      'aes-128-cbc',
    ])
  })

  it('that answers are to be encrypted to the same certificate, if it is for that', async () => {
    const preference = /id-smime-aa-encrypKeyPref/
    expect(printed(takeApart(await wire(await signed(signer('rsa:2048')))).signature)).toMatch(preference)
    const signsOnly = testCertificate('signs only', {
      addresses: ['soc@example.com'],
      issuer: authority(),
      extensions: ['keyUsage = digitalSignature', 'extendedKeyUsage = emailProtection'],
    })
    expect(printed(takeApart(await wire(await signed(signsOnly))).signature)).not.toMatch(preference)
  })

  it('or else to another that came with it, which then travels along', async () => {
    const wishes = { addresses: ['soc@example.com'], issuer: authority() }
    const usage = (...bits: string[]) => [`keyUsage = ${bits}`, 'extendedKeyUsage = emailProtection']
    const signs = testCertificate('two: signs', { ...wishes, extensions: usage('digitalSignature') })
    const decrypts = testCertificate('two: decrypts', { ...wishes, extensions: usage('keyEncipherment') })
    const identity = { certificate: signs.pem + decrypts.pem, privateKey: signs.keyPem + decrypts.keyPem }
    const mail = await sign({ identity })(exampleMail(), {})
    await expectGood(mail)
    const structure = printed(takeApart(await wire(mail)).signature)
    const { serialNumber } = new X509Certificate(decrypts.pem)
    const preference = structure.slice(structure.indexOf('id-smime-aa-encrypKeyPref'))
    expect(preference).toContain(serialNumber)
    expect(structure).toContain('subject: CN=two: decrypts')
  })
})

describe('a body that is a stream', () => {
  it.each([1, 2, 3, 7, 1000])('is signed as one in memory, in chunks of %i', async (size) => {
    const mail = await signed(signer('rsa:2048'), {}, mailOf(streamed(exampleEntity, size)))
    expect(takeApart(await wire(mail)).content.toString()).toBe(exampleContent)
    await expectGood(mail)
  })

  it.each([
    ['a CR', 'one\rtwo\r\n'],
    ['a LF', 'one\n\r\ntwo\r\n'],
    ['a CR at the end', 'one\r\n\r'],
    ['a CR before a CRLF', 'one\r\r\n'],
    ['a line of 999 octets', `${'x'.repeat(999)}\r\n`],
  ])('is not signed with %s alone, wherever the chunks are cut', async (_, text) => {
    for (const size of [1, 2, 3, 5]) {
      const entity = streamed({ headers: exampleEntity.headers, body: () => [Buffer.from(text)] }, size)
      await expect(signed(signer('rsa:2048'), {}, mailOf(entity))).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
      })
    }
  })

  it.each(['detached', 'opaque'] as const)(
    'that has changed since is an error, and not a false signature (%s)',
    async (signatureForm) => {
      for (const later of ['All quiet.\r\nReally.\r\n', 'ALL QUIET.\r\n', '']) {
        const texts = ['All quiet.\r\n']
        const entity: MimeEntity = {
          headers: exampleEntity.headers,
          async *body() {
            yield Buffer.from(texts.pop() ?? later)
          },
        }
        const mail = await signed(signer('rsa:2048'), { signatureForm }, mailOf(entity))
        await expect(wire(mail)).rejects.toMatchObject({ code: 'INVALID_REQUEST', stage: 'sign' })
      }
    },
  )

  it('is not read to its end once the caller has given up', async () => {
    const caller = new AbortController()
    const entity: MimeEntity = {
      headers: [],
      async *body() {
        for (;;) {
          yield Buffer.from('All quiet.\r\n')
          caller.abort()
        }
      },
    }
    const stage = sign({ identity: identityOf(signer('rsa:2048')) })
    await expect(stage(mailOf(entity), { signal: caller.signal })).rejects.toMatchObject({ code: 'ABORTED' })
  })
})

it('mails signed at the same time are all good', async () => {
  const stage = sign({ identity: identityOf(signer('rsa:2048')) })
  const mails = await Promise.all(Array.from({ length: 8 }, () => stage(exampleMail(), {})))
  for (const mail of mails) await expectGood(mail)
})

async function expectGood(mail: MimeMail): Promise<void> {
  const reader = await opensslReader({ authorities: [authority()] })
  const reading = await reader.verify(await wire(mail))
  expect(reading, reading.says).toMatchObject({ ok: true })
  expect(reading.content.toString()).toBe(exampleContent)
}

function mailOf(entity: MimeEntity): MimeMail {
  return exampleMail({}, undefined, {
    deliveries: [{ recipients: [to('alice@example.com')], entity }],
  })
}

/** The same entity as a stream, in chunks of a size. */
function streamed({ headers, body }: MimeEntity, size: number): MimeEntity {
  return {
    headers,
    async *body() {
      for await (const chunk of body()) {
        for (let start = 0; start < chunk.length; start += size) yield chunk.subarray(start, start + size)
      }
    },
  }
}

function printed(structure: Buffer): string {
  const file = temporaryFile('cms', structure)
  return openssl(['cms', '-cmsout', '-print', '-inform', 'DER', '-in', file]).toString()
}

/** What openssl prints of each signer. */
function signerInfosIn(print: string): string[] {
  return print
    .slice(print.indexOf('signerInfos:'))
    .split(/^ {8}version: /m)
    .slice(1)
}
