import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { octetString, oid, sequence, tags, writeDer } from '../../../src/smime/encoding/der.js'
import { oids } from '../../../src/smime/encoding/oids.js'
import { verify } from '../../../src/smime/index.js'
import { person, type TestCertificate, testCertificate } from '../../certificates/certificates.js'
import { alice, bob, codesOf, entity, header, messageOf, signedBy, trust } from './messages.js'
import {
  cmsEntity,
  cmsIn,
  putTogether,
  resigned,
  type SignedPieces,
  type SignerPieces,
  signatureIn,
  takeApart,
  typeOf,
  withSignature,
} from './surgery.js'

let made: Buffer | undefined
const good = () => {
  made ??= messageOf(signedBy([alice()]))
  return made
}
const judge = async (message: Buffer | string) => {
  const result = await verify(Buffer.from(message), { trust: trust() })
  if (result.status !== 'verified') expect(result).not.toHaveProperty('content')
  return [result.status, ...codesOf(result)]
}
const replaced = (from: string | RegExp, to: string) =>
  Buffer.from(good().toString('latin1').replace(from, to), 'latin1')
/** A good message whose signature was worked on. */
const operated = (operation: (pieces: SignedPieces) => SignedPieces) =>
  withSignature(good(), putTogether(operation(takeApart(signatureIn(good())))))
const onSigner = (operation: (signer: SignerPieces) => SignerPieces) =>
  operated((pieces) => ({ ...pieces, signers: pieces.signers.map(operation) }))
/** Alice herself signs other attributes. */
const withAttributes = (operation: (attributes: readonly Buffer[]) => readonly Buffer[]) =>
  onSigner((signer) => resigned(signer, operation(signer.attributes ?? []), alice()))
const attribute = (type: string, ...values: Buffer[]) => sequence(oid(type), writeDer(tags.set, ...values))
const without = (type: string) => (attributes: readonly Buffer[]) =>
  attributes.filter((one) => !typeOf(one).equals(oid(type)))

it('the message they are made from is good, and so is what surgery puts together again', async () => {
  expect(await judge(good())).toEqual(['verified'])
  expect(await judge(operated((pieces) => pieces))).toEqual(['verified'])
  expect(await judge(withAttributes((attributes) => attributes))).toEqual(['verified'])
})

describe('changed content', () => {
  it.each([
    ['a letter', replacedLater('quiet', 'quiEt')],
    ['its own header', replacedLater('charset=utf-8', 'charset=utf-7')],
    ['an octet more', replacedLater('quiet.\r\n', 'quiet.\r\n\r\n')],
    ['white space', replacedLater('quiet.\r\n', 'quiet. \r\n')],
  ])('breaks the signature: %s', async (_, message) => {
    expect(await judge(message())).toEqual(['broken', 'CONTENT_CHANGED'])
  })

  it('breaks an opaque signature and one without attributes', async () => {
    const opaque = cmsIn(signedBy([alice()], entity, '-nodetach'))
    opaque[opaque.indexOf('quiet')] = 0x51
    expect(await judge(messageOf(cmsEntity(opaque)))).toEqual(['broken', 'CONTENT_CHANGED'])
    const bare = messageOf(signedBy([alice()], entity, '-noattr')).toString('latin1')
    expect(await judge(bare.replace('quiet', 'Quiet'))).toEqual(['broken', 'SIGNATURE_WRONG'])
  })
})

function replacedLater(from: string, to: string) {
  return () => replaced(from, to)
}

describe('the structure of multipart/signed', () => {
  const boundaryOf = () => /boundary="([^"]+)"/.exec(good().toString('latin1'))?.[1] ?? ''

  it.each([
    [
      'a part before the signed one',
      () => replaced(/(signed message\r?\n\r?\n)(--\S+)/, '$1$2\r\n\r\nPay Mallory.\r\n$2'),
    ],
    [
      'a part behind the signature',
      () => replaced(new RegExp(`(--${boundaryOf()})--`), '$1\r\n\r\nPay Mallory.\r\n$1--'),
    ],
    ['no last boundary', () => replaced(`--${boundaryOf()}--`, '')],
    ['no signature', () => replaced('application/pkcs7-signature; name', 'text/plain; name')],
    ['a signature that is no CMS', () => replaced(/MII\S+/, 'AAAA')],
    ['two boundaries', () => replaced(/boundary="/, 'boundary="other"; boundary="')],
  ])('is broken by %s', async (_, message) => {
    expect((await judge(message())).slice(0, 2)).toEqual(['broken', 'MALFORMED'])
  })

  it('with two Content-Types, of which one is signed, is not taken for it', async () => {
    const message = replaced(/(Content-Type: multipart)/, 'Content-Type: text/plain\r\n$1')
    expect(await judge(message)).toEqual(['unsigned', 'NOT_SIGNED'])
    const other = replaced(/(\r?\n\r?\nThis is an S)/, '\r\nContent-Type: text/plain$1')
    expect((await judge(other))[0]).toBe('broken')
  })

  it('beside other parts signs only itself', async () => {
    const inner = good()
      .toString('latin1')
      .replace(/^[\s\S]*?(?=Content-Type: multipart)/, '')
    const message = `${header}Content-Type: multipart/mixed; boundary="m"\r\n\r\n--m\r\n\r\nPay Mallory.\r\n--m\r\n${inner}\r\n--m--\r\n`
    const result = await verify(Buffer.from(message, 'latin1'), { trust: trust() })
    expect(result.status).toBe('unsigned')
    expect(result.reasons.map(({ code }) => code)).toContain('PROTECTED_PART_INSIDE')
  })

  it('with text before and behind its parts hands out what was signed alone', async () => {
    const message = replaced('This is an S/MIME signed message', 'Pay Mallory.')
    const result = await verify(message, { trust: trust() })
    expect(result.status === 'verified' && result.content.toString()).toBe(entity)
  })
})

describe('content in two places', () => {
  it('is broken: a detached signature with content of its own', async () => {
    const opaque = takeApart(cmsIn(signedBy([alice()], entity, '-nodetach')))
    const shown = replaced('All is quiet.', 'Pay Mallory.')
    expect(await judge(withSignature(shown, putTogether(opaque)))).toEqual([
      'broken',
      'CONTENT_TWICE',
      'CONTENT_CHANGED',
    ])
  })

  it('is broken: even where both are the same', async () => {
    const opaque = takeApart(cmsIn(signedBy([alice()], entity, '-nodetach')))
    expect(await judge(withSignature(good(), putTogether(opaque)))).toEqual(['broken', 'CONTENT_TWICE'])
  })

  it('is broken: an opaque signature without content', async () => {
    expect(await judge(messageOf(cmsEntity(signatureIn(good()))))).toEqual(['broken', 'CONTENT_MISSING'])
  })
})

describe('signers', () => {
  it('none: broken', async () => {
    expect(await judge(operated((pieces) => ({ ...pieces, signers: [] })))).toEqual(['broken', 'NO_SIGNER'])
    const opaque = takeApart(cmsIn(signedBy([alice()], entity, '-nodetach')))
    expect(await judge(messageOf(cmsEntity(putTogether({ ...opaque, signers: [] }))))).toEqual([
      'broken',
      'NO_SIGNER',
    ])
  })

  it('certificates alone: unsigned', async () => {
    const pieces = { ...takeApart(signatureIn(good())), signers: [] }
    expect(await judge(messageOf(cmsEntity(putTogether(pieces))))).toEqual(['unsigned', 'CERTIFICATES_ONLY'])
  })

  it('one bad of two: broken', async () => {
    const two = messageOf(signedBy([alice(), bob()]))
    const pieces = takeApart(signatureIn(two))
    for (const bad of [0, 1]) {
      const signers = pieces.signers.map((signer, place) =>
        place === bad ? { ...signer, signature: Buffer.from(signer.signature).fill(1, 5, 9) } : signer,
      )
      expect(await judge(withSignature(two, putTogether({ ...pieces, signers })))).toEqual([
        'broken',
        'SIGNATURE_WRONG',
      ])
    }
  })

  it('one untrusted of two: untrusted', async () => {
    const mallory = testCertificate('mallory', { addresses: ['alice@example.com'] })
    expect(await judge(messageOf(signedBy([alice(), mallory])))).toEqual(['untrusted', 'NO_PATH'])
  })

  it('without a certificate: untrusted', async () => {
    expect(await judge(messageOf(signedBy([alice()], entity, '-nocerts')))).toEqual([
      'untrusted',
      'SIGNER_UNKNOWN',
      'FROM_MISMATCH',
    ])
  })

  it("another's certificate under the signer's name: broken", async () => {
    const pieces = takeApart(signatureIn(messageOf(signedBy([bob()]))))
    const alices = takeApart(signatureIn(good()))
    const signers = pieces.signers.map((signer) => ({ ...signer, id: alices.signers[0]?.id ?? signer.id }))
    const message = withSignature(good(), putTogether({ ...alices, signers }))
    expect(await judge(message)).toEqual(['broken', 'SIGNATURE_WRONG'])
  })

  it('a certificate of the same key for another address: broken by its binding, where the signer bound it', async () => {
    const twin = person('twin@example.com', { keyOf: alice() })
    const bound = withAttributes((attributes) =>
      inOrder([
        ...attributes,
        attribute(
          oids.signingCertificateV2,
          sequence(sequence(sequence(octetString(digestOf(derOf(twin)))))),
        ),
      ]),
    )
    expect(await judge(bound)).toEqual(['broken', 'ATTRIBUTE_WRONG'])
  })
})

/** In DER's order. */
function inOrder(attributes: readonly Buffer[]): Buffer[] {
  return attributes.toSorted(Buffer.compare)
}
function derOf({ pem }: TestCertificate): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
}
function digestOf(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}

describe('signed attributes', () => {
  it.each([
    ['no content type', without(oids.contentType), 'ATTRIBUTE_MISSING'],
    ['no digest', without(oids.messageDigest), 'ATTRIBUTE_MISSING'],
    ['none at all', () => [], 'ATTRIBUTE_MISSING'],
    [
      'two digests, of which one fits',
      (all: readonly Buffer[]) => [...all, attribute(oids.messageDigest, octetString(Buffer.alloc(32)))],
      'ATTRIBUTE_DOUBLED',
    ],
    [
      'a digest with two values',
      (all: readonly Buffer[]) => [
        ...without(oids.messageDigest)(all),
        attribute(
          oids.messageDigest,
          octetString(digestOf(Buffer.from(entity))),
          octetString(Buffer.alloc(32)),
        ),
      ],
      'ATTRIBUTE_DOUBLED',
    ],
    ['another order', (all: readonly Buffer[]) => [...all].reverse(), 'ATTRIBUTES_UNSORTED'],
    [
      'another content type',
      (all: readonly Buffer[]) => [
        ...without(oids.contentType)(all),
        attribute(oids.contentType, oid(oids.signedData)),
      ],
      'ATTRIBUTE_WRONG',
    ],
  ])('break the signature: %s', async (_, operation, code) => {
    const result = await judge(withAttributes(operation))
    expect(result[0]).toBe('broken')
    expect(result).toContain(code)
  })

  it('taken off and shown as content do not pass for it', async () => {
    // What Alice signed were these bytes; without attributes they would be the content itself.
    const { signers, ...pieces } = takeApart(signatureIn(good()))
    const attributes = writeDer(tags.set, ...(signers[0]?.attributes ?? []))
    const forged = {
      ...pieces,
      encapsulated: sequence(oid(oids.data), writeDer(tags.context0, octetString(attributes))),
      signers: signers.map((signer) => ({ ...signer, attributes: null })),
    }
    expect(await judge(messageOf(cmsEntity(putTogether(forged))))).toEqual([
      'broken',
      'ATTRIBUTES_AS_CONTENT',
    ])
  })

  it('that were changed break the signature', async () => {
    const message = onSigner((signer) => ({
      ...signer,
      attributes: [...without(oids.signingTime)(signer.attributes ?? [])],
    }))
    expect(await judge(message)).toEqual(['broken', 'SIGNATURE_WRONG'])
  })
})

describe('weak algorithms', () => {
  it.each(['sha1', 'md5'])('%s takes the trust away', async (digest) => {
    expect(await judge(messageOf(signedBy([alice()], entity, '-md', digest)))).toEqual([
      'untrusted',
      'DIGEST_WEAK',
    ])
  })

  it('MD5 is not even taken where SHA-1 is allowed', async () => {
    const message = messageOf(signedBy([alice()], entity, '-md', 'md5'))
    const result = await verify(message, { trust: trust(), allow: ['sha1'] })
    expect(result.status).toBe('untrusted')
  })

  it('a short RSA key takes the trust away', async () => {
    const weak = person('weak@example.com', { key: 'rsa:512' })
    const message = messageOf(signedBy([weak]), header.replaceAll('alice@', 'weak@'))
    expect(await judge(message)).toEqual(['untrusted', 'KEY_WEAK', 'KEY_WEAK'])
  })
})

describe('From', () => {
  const from = (field: string) => messageOf(signedBy([alice()]), header.replace(/^From: .*\r\n/, field))

  it.each([
    ['somebody else', 'From: bob@example.com\r\n', 'FROM_MISMATCH'],
    [
      "the signer's address as a name",
      'From: "alice@example.com" <mallory@example.net>\r\n',
      'FROM_MISMATCH',
    ],
    [
      "another's address as a comment",
      'From: alice@example.com (ciso@example.com)\r\n',
      'FROM_NAME_MISLEADS',
    ],
    ["another's address as a name", 'From: "ciso@example.com" <alice@example.com>\r\n', 'FROM_NAME_MISLEADS'],
    [
      "another's address as an encoded name",
      'From: =?utf-8?b?Y2lzb0BleGFtcGxlLmNvbQ==?= <alice@example.com>\r\n',
      'FROM_NAME_MISLEADS',
    ],
    ['somebody beside the signer', 'From: alice@example.com, bob@example.com\r\n', 'FROM_MISMATCH'],
    ['two fields', 'From: alice@example.com\r\nFrom: bob@example.com\r\n', 'FROM_DOUBLED'],
    [
      'two fields, the other spelt otherwise',
      'From: alice@example.com\r\nFROM : bob@example.com\r\n',
      'FROM_DOUBLED',
    ],
    ['none', '', 'FROM_MISSING'],
    ['NUL in the address', 'From: alice@example.com\0.evil.example\r\n', 'FROM_UNREADABLE'],
    ['NUL behind the address', 'From: alice@example.com\0 <bob@example.com>\r\n', 'FROM_UNREADABLE'],
    ['an @ in a bare name', 'From: alice@example.com <bob@example.com>\r\n', 'FROM_UNREADABLE'],
    ['two pairs of brackets', 'From: <bob@example.com> <alice@example.com>\r\n', 'FROM_UNREADABLE'],
    ['a route', 'From: <@evil.example:alice@example.com>\r\n', 'FROM_UNREADABLE'],
    ['a domain that only ends like it', 'From: alice@example.com.evil.example\r\n', 'FROM_MISMATCH'],
    ['a letter of another alphabet', 'From: \u0430lice@example.com\r\n', 'FROM_MISMATCH'],
    ['a comment in the address', 'From: alice@(bob@)example.com\r\n', 'FROM_UNREADABLE'],
    ['a group', 'From: SOC: alice@example.com, bob@example.com;\r\n', 'FROM_UNREADABLE'],
  ])('is not taken for the signer: %s', async (_, field, code) => {
    const [status, ...codes] = await judge(from(field))
    expect(status).toBe('untrusted')
    expect(codes).toContain(code)
  })

  it('is not believed where a line beside it is no field', async () => {
    expect(await judge(from('From: alice@example.com\r\nFrom bob@example.com\r\n'))).toEqual([
      'untrusted',
      'HEADER_MALFORMED',
    ])
  })
})
