import { describe, expect, it } from 'vitest'
import { verify } from '../../src/smime/index.js'
import { authority, authorityExtensions, person, testCertificate } from '../certificates/certificates.js'
import {
  alice,
  bob,
  codesOf,
  encryptedFor,
  entity,
  header,
  identityOf,
  messageOf,
  signedBy,
  trust,
} from './reading/messages.js'

describe('a signed message of someone trusted', () => {
  it.each([
    ['detached', []],
    ['opaque', ['-nodetach']],
    ['opaque, in BER of indefinite length and strings in pieces', ['-nodetach', '-stream', '-indef']],
    ['by its subject key identifier', ['-keyid']],
    ['without signed attributes', ['-noattr']],
    ['with SHA-512', ['-md', 'sha512']],
    ['with RSASSA-PSS', ['-keyopt', 'rsa_padding_mode:pss']],
  ])('is verified: %s', async (_, options) => {
    const result = await verify(messageOf(signedBy([alice()], entity, ...options)), { trust: trust() })
    expect(codesOf(result)).toEqual([])
    expect(result.status === 'verified' && result.content.toString()).toBe(entity)
  })

  it('says who signed it, when, with what, and who vouches for them', async () => {
    const { signers, layers, from } = await verify(messageOf(signedBy([alice()])), { trust: trust() })
    expect(signers).toMatchObject([
      {
        addresses: ['alice@example.com'],
        chain: [
          { subject: 'CN=alice@example.com' },
          { subject: expect.stringContaining('Example Authority') },
        ],
        algorithm: 'RSASSA-PKCS1-v1_5 with SHA-256',
        signature: 'intact',
        today: { trust: 'trusted', reasons: [] },
        atSigningTime: { trust: 'trusted', reasons: [] },
      },
    ])
    expect(Date.parse(signers[0]?.signingTime ?? '')).toBeGreaterThan(Date.now() - 60_000)
    expect(layers).toMatchObject([{ kind: 'signed', form: 'detached' }])
    expect(from).toEqual([{ name: 'Alice', address: 'alice@example.com' }])
  })

  it('is verified with an EC key', async () => {
    const eve = person('eve@example.com', { key: 'ec' })
    const message = messageOf(signedBy([eve]), header.replaceAll('alice@', 'eve@'))
    expect(await verify(message, { trust: trust() })).toMatchObject({
      status: 'verified',
      signers: [{ algorithm: 'ECDSA with SHA-256' }],
    })
  })

  it('is verified with several signers', async () => {
    const { status, signers } = await verify(messageOf(signedBy([alice(), bob()])), { trust: trust() })
    expect([status, signers.length]).toEqual(['verified', 2])
  })

  it('is verified where the file lost the CRs of its lines, and the content is what was signed', async () => {
    const message = Buffer.from(
      messageOf(signedBy([alice()]))
        .toString()
        .replaceAll('\r\n', '\n'),
    )
    const result = await verify(message, { trust: trust() })
    expect(result.status === 'verified' && result.content.toString()).toBe(entity)
    expect(result.reasons.map(({ code }) => code)).toEqual(['LINE_ENDS_MENDED'])
  })

  it('is verified whatever the display form of From', async () => {
    for (const from of [
      'alice@example.com',
      '<ALICE@EXAMPLE.COM>',
      '"Alice (SOC)" <alice@example.com>',
      'alice@example.com (Alice)',
      '=?utf-8?q?=C3=84lice?= <alice@example.com>',
      '\r\n Alice\r\n <alice@example.com>',
      '"alice@example.com" <alice@example.com>',
    ]) {
      const message = messageOf(signedBy([alice()]), header.replace(/^From: .*/, `From: ${from}`))
      expect(codesOf(await verify(message, { trust: trust() }))).toEqual([])
    }
  })

  it('is verified through an authority that only the message brings', async () => {
    const between = testCertificate('between', { issuer: authority(), extensions: authorityExtensions })
    const carol = person('carol@example.com', { issuer: between })
    const message = messageOf(
      signedBy([carol], entity, '-certfile', between.certificate),
      header.replaceAll('alice@', 'carol@'),
    )
    expect(await verify(message, { trust: trust() })).toMatchObject({ status: 'verified' })
  })
})

describe('layers', () => {
  const options = () => ({ trust: trust(), identity: identityOf(bob()) })

  it('are told in order: signed, then encrypted', async () => {
    const result = await verify(messageOf(encryptedFor([bob()], signedBy([alice()]))), options())
    expect(result).toMatchObject({
      status: 'verified',
      layers: [{ kind: 'encrypted', algorithm: 'AES-256-CBC', integrity: 'none' }, { kind: 'signed' }],
    })
  })

  it('are told in order: triple wrapped', async () => {
    const wrapped = signedBy([alice()], encryptedFor([bob()], signedBy([alice()])), '-nodetach')
    const result = await verify(messageOf(wrapped), options())
    expect(result.layers.map(({ kind }) => kind)).toEqual(['signed', 'encrypted', 'signed'])
    expect(codesOf(result)).toEqual([])
    expect(result.status === 'verified' && result.content.toString()).toBe(entity)
  })

  it('that nobody here can open make the message unreadable', async () => {
    const message = messageOf(encryptedFor([bob()], signedBy([alice()])))
    expect(codesOf(await verify(message, { trust: trust() }))).toEqual(['NOT_FOR_US'])
    expect(await verify(message, { trust: trust() })).toMatchObject({ status: 'unreadable' })
  })

  it('of encryption alone sign nothing', async () => {
    expect(await verify(messageOf(encryptedFor([bob()])), options())).toMatchObject({ status: 'unsigned' })
  })

  it('of a signature around something encrypted do not say who wrote what is inside', async () => {
    const message = messageOf(signedBy([alice()], encryptedFor([bob()])))
    expect(codesOf(await verify(message, options()))).toEqual(['SIGNED_UNREAD'])
  })

  it('beyond eight are not opened', async () => {
    let bytes: Buffer | string = entity
    for (let depth = 0; depth < 9; depth++) bytes = signedBy([alice()], bytes, '-nodetach')
    const result = await verify(messageOf(bytes), options())
    expect([result.status, ...codesOf(result)]).toEqual(['broken', 'TOO_DEEP'])
  })
})

describe('parts and header fields', () => {
  const mixed = [
    'Content-Type: multipart/mixed; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'See the file.',
    '--b',
    'Content-Type: application/pdf; name="a.pdf"',
    '',
    'x',
    '--b--',
    '',
  ].join('\r\n')

  it('are told with what covers them', async () => {
    const message = messageOf(encryptedFor([bob()], signedBy([alice()], mixed)))
    const { parts, headers } = await verify(message, { trust: trust(), identity: identityOf(bob()) })
    expect(parts).toEqual([
      {
        path: '1',
        contentType: 'text/plain',
        name: null,
        coverage: 'signed and encrypted',
        legacyDisplay: 'none',
      },
      {
        path: '2',
        contentType: 'application/pdf',
        name: 'a.pdf',
        coverage: 'signed and encrypted',
        legacyDisplay: 'none',
      },
    ])
    expect(headers.find(({ name }) => name === 'Subject')).toEqual({
      name: 'Subject',
      value: 'News',
      coverage: 'none',
      outside: null,
    })
  })
})

describe('a message without a signature', () => {
  it.each([
    ['plain', messageOf(entity)],
    ['empty', Buffer.alloc(0)],
    ['no message at all', Buffer.from([0, 1, 2, 255])],
  ])('is unsigned: %s', async (_, message) => {
    const result = await verify(message, { trust: trust() })
    expect(result.status).toBe('unsigned')
    expect(result).not.toHaveProperty('content')
  })
})

describe('options', () => {
  it('that do not exist are refused', async () => {
    // @ts-expect-error: there is no such option
    await expect(verify(messageOf(entity), { truts: 'ca.pem' })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('did you mean trust?'),
    })
  })

  it('that name a file which is not there are refused', async () => {
    await expect(verify(messageOf(entity), { trust: '/nowhere/ca.pem' })).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    })
  })

  it('may allow SHA-1, which is then noted', async () => {
    const message = messageOf(signedBy([alice()], entity, '-md', 'sha1'))
    expect(codesOf(await verify(message, { trust: trust() }))).toContain('DIGEST_WEAK')
    const allowed = await verify(message, { trust: trust(), allow: ['sha1'] })
    expect([allowed.status, ...allowed.reasons.map(({ code }) => code)]).toEqual([
      'verified',
      'OLD_ALGORITHM',
    ])
  })
})
