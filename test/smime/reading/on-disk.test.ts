import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bytesOf } from '../../../src/smime/encoding/bytes.js'
import { octetString, oid, sequence, tags, writeDer } from '../../../src/smime/encoding/der.js'
import { diskWorkspace } from '../../../src/smime/encoding/disk-workspace.js'
import { oids } from '../../../src/smime/encoding/oids.js'
import { memory } from '../../../src/smime/encoding/workspace.js'
import { readMessage } from '../../../src/smime/reading/read-message.js'
import { loadReadingBasis, type ReadingBasis } from '../../../src/smime/reading/reading-options.js'
import { person } from '../../certificates/certificates.js'
import {
  alice,
  bob,
  encryptedFor,
  entity,
  header,
  identityOf,
  messageOf,
  signedBy,
  trust,
} from './messages.js'
import { mutated, randomFrom } from './mutations.js'
import { cmsEntity, cmsIn, putTogether, signatureIn, takeApart, withSignature } from './surgery.js'

const folder = mkdtempSync(join(tmpdir(), 'on-disk-'))
const carol = () => person('carol@example.com', { key: 'ec' })

let loaded: Promise<ReadingBasis> | undefined
const basis = () => {
  loaded ??= loadReadingBasis({
    trust: trust(),
    identity: [identityOf(bob()), identityOf(carol())],
    moment: new Date(Date.now() + 1000),
  })
  return loaded
}

/** What is made of a message in memory, and of one of which nothing stays there that need not. */
async function bothWays(message: Buffer) {
  const workspace = diskWorkspace({ folder, mostInMemory: 0 })
  try {
    const inMemory = await readMessage(bytesOf(message), await basis(), memory)
    const onDisk = await readMessage(await workspace.keep([message]), await basis(), workspace)
    return [inMemory, onDisk].map(({ report, content }) => ({
      report,
      content: content.read(0, content.length),
    }))
  } finally {
    await workspace.close()
  }
}

async function expectSame(message: Buffer) {
  const [inMemory, onDisk] = await bothWays(message)
  expect(onDisk?.report).toEqual(inMemory?.report)
  expect(onDisk && inMemory?.content.equals(onDisk.content)).toBe(true)
  return inMemory?.report.status
}

/** Several of every piece in which anything is read. */
const large = `${entity}${'All sessions of the accounts concerned were revoked at once.\r\n'.repeat(6_000)}`
const mixed = ['a', 'b', 'c'].map(
  (name) => `--m\r\nContent-Type: text/x-${name}\r\n\r\n${name.repeat(70_000)}\r\n`,
)
const multipart = `Content-Type: multipart/mixed; boundary=m\r\n\r\n${mixed.join('')}--m--\r\n`
const noBreaks = (message: Buffer) =>
  Buffer.from(message.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
const spaced = (message: Buffer) =>
  Buffer.from(message.toString('latin1').replace(/\n\n/, `\n\n${' '.repeat(300_000)}`))
const binary = (message: Buffer) => {
  const head =
    header +
    'Content-Type: application/pkcs7-mime; name=smime.p7m\r\nContent-Transfer-Encoding: binary\r\n\r\n'
  return Buffer.concat([Buffer.from(head), cmsIn(message)])
}

describe('a message is the same in memory and on the disk', () => {
  const streamed = ['-stream', '-indef']
  const contents = [
    ['small', entity],
    ['large', large],
    ['of large parts', multipart],
    ['almost empty', '\r\n'],
  ] as const

  it.each(contents)('signed, %s', async (_, content) => {
    for (const options of [
      [],
      ['-nodetach'],
      ['-nodetach', ...streamed],
      ['-noattr'],
      ['-noattr', '-nodetach', ...streamed],
    ]) {
      const message = messageOf(signedBy([alice()], content, ...options))
      expect(await expectSame(message)).toBe('verified')
    }
    expect(await expectSame(messageOf(signedBy([alice(), bob()], content, '-md', 'sha512')))).toBe('verified')
  })

  it.each(contents)('encrypted, %s', async (_, content) => {
    for (const cipher of ['-aes256', '-aes-256-gcm', '-aes-128-gcm', '-des3']) {
      for (const options of [[], streamed]) {
        const message = messageOf(encryptedFor([alice(), bob()], content, cipher, ...options))
        expect(await expectSame(message)).toBe(cipher === '-des3' ? 'unreadable' : 'unsigned')
      }
    }
    expect(await expectSame(messageOf(encryptedFor([carol()], content)))).toBe('unsigned')
    expect(await expectSame(messageOf(encryptedFor([alice()], content)))).toBe('unreadable')
  })

  it.each(contents)('signed, encrypted, and signed again, %s', async (_, content) => {
    const inner = encryptedFor([bob()], signedBy([alice()], content, '-nodetach', ...streamed), ...streamed)
    expect(await expectSame(messageOf(inner))).toBe('verified')
    expect(await expectSame(messageOf(signedBy([alice()], inner, ...streamed)))).toBe('verified')
  })

  it('whatever its lines end with, and however it is encoded', async () => {
    const opaque = messageOf(signedBy([alice()], large, '-nodetach'))
    expect(await expectSame(noBreaks(messageOf(signedBy([alice()], large))))).toBe('verified')
    expect(await expectSame(noBreaks(opaque))).toBe('verified')
    expect(await expectSame(binary(opaque))).toBe('verified')
    expect(await expectSame(spaced(noBreaks(opaque)))).toBe('verified')
    const encoded = opaque.toString('latin1').replace('base64', 'quoted-printable')
    expect(await expectSame(Buffer.from(encoded))).toBe('broken')
  })

  it.each([
    ['plain', Buffer.from(`${header}${multipart}`)],
    ['a header alone', Buffer.from(header)],
    ['a header without end', Buffer.from(`${header}X: ${'x'.repeat(2_000_000)}`)],
    ['a header of very many lines', Buffer.from(`${header}${'X: y\r\n'.repeat(30_000)}\r\n`)],
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(300_000)],
    [
      'a boundary of a megabyte',
      Buffer.from(
        `Content-Type: multipart/mixed; boundary="${'-'.repeat(900_000)}"\r\n\r\n${'-'.repeat(2_000_000)}`,
      ),
    ],
  ])('that is neither signed nor encrypted: %s', async (_, message) => {
    expect(await expectSame(message)).toBe('unsigned')
  })
})

describe('an attack fares the same in memory and on the disk', () => {
  const good = () => messageOf(signedBy([alice()]))
  const opaque = (content: Buffer) => {
    const pieces = takeApart(cmsIn(signedBy([alice()], entity, '-nodetach')))
    const encapsulated = sequence(oid(oids.data), writeDer(tags.context0, content))
    return messageOf(cmsEntity(putTogether({ ...pieces, encapsulated })))
  }
  const attributes = () => takeApart(signatureIn(good())).signers[0]?.attributes ?? []
  const repeated = (hex: string, times: number) => Buffer.alloc((hex.length / 2) * times, hex, 'hex')
  const asCms = (bytes: Buffer) => messageOf(cmsEntity(bytes))

  it.each<[string, () => Buffer]>([
    ['changed content', () => Buffer.from(good().toString('latin1').replace('quiet', 'Quiet'))],
    ['cut off', () => good().subarray(0, -300)],
    [
      'content twice',
      () => withSignature(good(), putTogether(takeApart(cmsIn(signedBy([alice()], entity, '-nodetach'))))),
    ],
    ['nested indefinite values', () => asCms(repeated('3080', 500_000))],
    ['a length beyond all files', () => asCms(Buffer.from('308600ffffffffff0500', 'hex'))],
    ['a million values', () => asCms(writeDer(tags.sequence, repeated('0500', 1_000_000)))],
    [
      'signers without number',
      () => {
        const data = sequence(
          Buffer.from('020101', 'hex'),
          writeDer(tags.set),
          sequence(oid(oids.data)),
          writeDer(tags.set, repeated('3000', 400_000)),
        )
        return asCms(sequence(oid(oids.signedData), writeDer(tags.context0, data)))
      },
    ],
    [
      'megabytes beside the content',
      () => {
        const certificates = writeDer(tags.context0, octetString(Buffer.alloc(17 * 1024 * 1024)))
        return withSignature(good(), putTogether({ ...takeApart(signatureIn(good())), certificates }))
      },
    ],
    ['content in pieces of one octet', () => opaque(writeDer(0x24, repeated('040161', 300_000)))],
    ['content in pieces inside one another', () => opaque(repeated('2480', 100_000))],
    ['content in pieces that are no strings', () => opaque(writeDer(0x24, repeated('020161', 10)))],
  ])('%s', async (_, message) => {
    expect(await expectSame(message())).toBe('broken')
  })

  it('attributes shown as content, also very many', async () => {
    const { signers, ...pieces } = takeApart(signatureIn(good()))
    const bare = signers.map((signer) => ({ ...signer, attributes: null }))
    const others = Array.from({ length: 5_000 }, () =>
      sequence(oid(oids.signingTime), writeDer(tags.set, Buffer.alloc(100, '0500', 'hex'))),
    )
    for (const shown of [attributes(), [...attributes(), ...others]]) {
      const encapsulated = sequence(
        oid(oids.data),
        writeDer(tags.context0, octetString(writeDer(tags.set, ...shown))),
      )
      const message = asCms(putTogether({ ...pieces, encapsulated, signers: bare }))
      const [inMemory, onDisk] = await bothWays(message)
      for (const read of [inMemory, onDisk])
        expect(read?.report.reasons.map(({ code }) => code)).toContain('ATTRIBUTES_AS_CONTENT')
    }
  })
})

describe('mutated messages', () => {
  const rounds = Number(process.env.FUZZ_ROUNDS ?? 100)

  it.each<[string, () => readonly [Buffer, (bytes: Buffer) => Buffer]]>([
    [
      'the MIME of a signed message',
      () => [messageOf(signedBy([alice()], multipart.slice(0, 2000))), (bytes) => bytes],
    ],
    [
      'the DER of a detached signature',
      () => {
        const message = messageOf(signedBy([alice()]))
        return [signatureIn(message), (bytes) => withSignature(message, bytes)]
      },
    ],
    [
      'the BER of an opaque one',
      () => [
        cmsIn(signedBy([alice()], entity, '-nodetach', '-stream', '-indef')),
        (bytes) => messageOf(cmsEntity(bytes)),
      ],
    ],
    [
      'the BER of encryption',
      () => [
        cmsIn(encryptedFor([bob()], signedBy([alice()]), '-aes-256-gcm', '-stream', '-indef')),
        (bytes) => messageOf(cmsEntity(bytes)),
      ],
    ],
  ])(
    'fare the same: %s',
    async (_, source) => {
      const random = randomFrom(Number(process.env.FUZZ_SEED ?? 11))
      const [bytes, around] = source()
      for (let round = 0; round < rounds; round++) await expectSame(around(mutated(bytes, random)))
    },
    60_000 + rounds * 100,
  )
})
