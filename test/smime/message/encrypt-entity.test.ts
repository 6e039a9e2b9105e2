import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { MimeEntity, MimeMail } from '../../../src/mail.js'
import { joined, messageStream } from '../../../src/mime.js'
import { type EncryptOptions, encrypt } from '../../../src/smime/index.js'
import {
  authority,
  type KeyKind,
  openssl,
  person,
  type TestCertificate,
  temporaryFile,
} from '../../certificates/certificates.js'
import { cmsOf } from '../../readers/mime.js'
import { opensslReader } from '../../readers/openssl.js'
import {
  bcc,
  deliveryOf,
  exampleContent,
  exampleEntity,
  exampleMail,
  mailOf,
  streamed,
  to,
  wire,
} from '../example-mail.js'

/** The capabilities extension (RFC 4262): a SEQUENCE of SEQUENCEs with one object identifier each. */
const capabilities = {
  'aes-256-gcm': '300b060960864801650304012e',
  'aes-128-gcm': '300b0609608648016503040106',
  'aes-256-cbc': '300b060960864801650304012a',
  'aes-128-cbc': '300b0609608648016503040102',
  '3des': '300a06082a864886f70d0307',
} as const
type Capability = keyof typeof capabilities

const usage = (...bits: string[]) => [
  'basicConstraints = critical, CA:FALSE',
  `keyUsage = critical, ${bits.join(', ')}`,
  'extendedKeyUsage = emailProtection',
]
const reader = (key: KeyKind, name = 'alice') =>
  person(`${name} ${key}`, {
    addresses: [`${name}@example.com`],
    key,
    extensions: usage('digitalSignature', key.startsWith('ec') ? 'keyAgreement' : 'keyEncipherment'),
  })
/** Someone whose certificate says what they can decrypt. */
const capable = (name: string, ...list: Capability[]) => {
  const content = list.map((each) => capabilities[each]).join('')
  const der = `30${(content.length / 2).toString(16).padStart(2, '0')}${content}`
  return person(`${name} reads ${list}`, {
    addresses: [`${name}@example.com`],
    extensions: [...usage('keyEncipherment'), `1.2.840.113549.1.9.15 = DER:${der}`],
  })
}

describe('how the content is encrypted', () => {
  it.each<[KeyKind, EncryptOptions, string]>([
    ['rsa:2048', {}, 'aes-256-cbc'],
    ['rsa:2048', { cipher: 'aes-128-cbc' }, 'aes-128-cbc'],
    ['rsa:2048', { cipher: 'aes-192-cbc' }, 'aes-192-cbc'],
    ['rsa:2048', { cipher: 'aes-128-gcm' }, 'aes-128-gcm'],
    ['rsa:2048', { cipher: 'aes-256-gcm' }, 'aes-256-gcm'],
    ['rsa:2048', { keyTransport: 'oaep' }, 'aes-256-cbc'],
    ['rsa:2048', { keyTransport: 'oaep', cipher: 'aes-256-gcm' }, 'aes-256-gcm'],
    ['ec', {}, 'aes-256-cbc'],
    ['ec', { cipher: 'aes-128-cbc' }, 'aes-128-cbc'],
    ['ec', { cipher: 'aes-192-cbc' }, 'aes-192-cbc'],
    ['ec', { cipher: 'aes-256-gcm' }, 'aes-256-gcm'],
    ['ec:P-384', {}, 'aes-256-cbc'],
    ['ec:P-521', {}, 'aes-256-cbc'],
    ['ec:P-521', { cipher: 'aes-128-gcm' }, 'aes-128-gcm'],
  ])('to %s with %j: %s', async (key, options, cipher) => {
    for (const entity of [exampleEntity, streamed(exampleEntity, 1)]) {
      const mail = await encrypted([reader(key)], options, mailOf(entity))
      expect(await readBy(reader(key), mail)).toBe(exampleContent)
      expect(cipherOf(await wire(mail))).toBe(cipher)
      expect(deliveryOf(mail).entity.headers[0]?.value).toContain(
        `smime-type=${cipher.endsWith('gcm') ? 'authEnveloped-data' : 'enveloped-data'};`,
      )
    }
  })

  it('keys are agreed on with the hash of the curve, and wrapped as strongly as they are', async () => {
    const parts: [KeyKind, EncryptOptions, string][] = [
      ['ec', {}, 'dhSinglePass-stdDH-sha256kdf-scheme.*id-aes256-wrap'],
      ['ec:P-384', { cipher: 'aes-192-cbc' }, 'dhSinglePass-stdDH-sha384kdf-scheme.*id-aes192-wrap'],
      ['ec:P-521', { cipher: 'aes-128-cbc' }, 'dhSinglePass-stdDH-sha512kdf-scheme.*id-aes128-wrap'],
    ]
    for (const [key, options, algorithms] of parts) {
      const structure = parsed(await wire(await encrypted([reader(key)], options)))
      expect(structure.replace(/\s+/g, ' ')).toMatch(new RegExp(algorithms))
    }
  })

  it('OAEP is with SHA-256, in both places', async () => {
    const structure = parsed(await wire(await encrypted([reader('rsa:2048')], { keyTransport: 'oaep' })))
    expect(structure.match(/:rsaesOaep/g)).toHaveLength(1)
    expect(structure.match(/:sha256/g)).toHaveLength(2)
  })

  it('RSA and EC certificates share a copy', async () => {
    const recipients = [to('alice@example.com'), to('bob@example.com')]
    const both = [reader('rsa:2048'), reader('ec:P-384', 'bob')]
    const mail = await encrypted(both, {}, mailOf(exampleEntity, recipients))
    for (const who of both) expect(await readBy(who, mail)).toBe(exampleContent)
  })

  it.each([
    [{ cipher: 'aes256' }, 'smime.cipher must be auto, aes-128-cbc'],
    [{ cipher: 'des-ede3-cbc' }, 'smime.cipher must be'],
    [{ keyTransport: 'pss' }, 'smime.keyTransport must be pkcs1 or oaep'],
  ])('%j is refused', (options, message) => {
    expect(() => encrypt(options as EncryptOptions)).toThrow(message)
  })
})

describe("the cipher goes by the recipients' capabilities, and is", () => {
  it.each<[string, () => TestCertificate[], string]>([
    ['the best one lists', () => [capable('alice', 'aes-256-gcm', 'aes-256-cbc')], 'aes-256-gcm'],
    ['the best, whatever their order', () => [capable('alice', 'aes-128-cbc', 'aes-256-cbc')], 'aes-256-cbc'],
    [
      'the best all have in common',
      () => [capable('alice', 'aes-256-gcm', 'aes-128-gcm'), capable('bob', 'aes-256-cbc', 'aes-128-gcm')],
      'aes-128-gcm',
    ],
    [
      'one that everybody reads, where one says nothing',
      () => [capable('alice', 'aes-256-gcm', 'aes-128-cbc'), reader('rsa:2048', 'bob')],
      'aes-128-cbc',
    ],
    [
      'AES-128-CBC for one who lists 3DES alone, and nothing weaker',
      () => [capable('alice', '3des')],
      'aes-128-cbc',
    ],
  ])('%s', async (_, certificates, cipher) => {
    const all = certificates()
    const recipients = [to('alice@example.com'), to('bob@example.com')].slice(0, all.length)
    const mail = await encrypted(all, {}, mailOf(exampleEntity, recipients))
    expect(cipherOf(await wire(mail))).toBe(cipher)
  })

  it("each copy's own", async () => {
    const all = [capable('alice', 'aes-256-gcm'), capable('bob', 'aes-128-cbc')]
    const mail = await encrypted(
      all,
      {},
      mailOf(exampleEntity, [to('alice@example.com'), bcc('bob@example.com')]),
    )
    expect(cipherOf(await wire(mail, 0))).toBe('aes-256-gcm')
    expect(cipherOf(await wire(mail, 1))).toBe('aes-128-cbc')
  })

  it('what the options say, where they say it', async () => {
    const mail = await encrypted([capable('alice', 'aes-256-gcm')], { cipher: 'aes-256-cbc' })
    expect(cipherOf(await wire(mail))).toBe('aes-256-cbc')
  })
})

describe('a body that is a long stream', () => {
  const long = () => repeated('All sessions of the accounts concerned were revoked at once.\r\n', 40_000)

  it.each(['aes-256-cbc', 'aes-256-gcm'] as const)('comes out as one, in BER (%s)', async (cipher) => {
    const mail = await encrypted([reader('rsa:2048')], { cipher }, mailOf(long()))
    expect(Array.isArray(deliveryOf(mail).entity.body())).toBe(false)
    const structure = cmsOf(await wire(mail))
    // Indefinite lengths, and the content in pieces, as `openssl cms -stream` writes them.
    expect(structure.subarray(0, 2).toString('hex')).toBe('3080')
    const read = await readBy(reader('rsa:2048'), mail)
    expect(digest(read)).toBe(digest(await joined(messageStream({ headers: [] }, long()))))
  })

  it('gives the same octets each time, however its source is cut', async () => {
    let opened = 0
    const uneven: MimeEntity = {
      headers: [],
      async *body() {
        opened++
        for await (const chunk of long().body()) {
          for (let start = 0; start < chunk.length; start += 40 + opened) {
            yield chunk.subarray(start, start + 40 + opened)
          }
        }
      },
    }
    for (const cipher of ['aes-256-cbc', 'aes-256-gcm'] as const) {
      const mail = await encrypted([reader('rsa:2048')], { cipher }, mailOf(uneven))
      expect((await wire(mail)).equals(await wire(mail))).toBe(true)
    }
  })

  it('is read to its first megabyte and no further before it is sent', async () => {
    let octets = 0
    const entity: MimeEntity = {
      headers: [],
      async *body() {
        for (;;) {
          octets += 100_000
          yield Buffer.alloc(100_000, 'x')
        }
      },
    }
    await encrypted([reader('rsa:2048')], {}, mailOf(entity))
    expect(octets).toBeLessThan(1_300_000)
  })

  it('that changes is never encrypted twice under one key and nonce of AES-GCM', async () => {
    let text = 'quiet '
    const entity: MimeEntity = {
      headers: [],
      async *body() {
        for (let line = 0; line < 40_000; line++)
          yield Buffer.from(`All sessions are ${text} at the moment.\r\n`)
      },
    }
    const mail = await encrypted([reader('rsa:2048')], { cipher: 'aes-256-gcm' }, mailOf(entity))
    await wire(mail)
    text = 'secret'
    let given = 0
    const again = (async () => {
      for await (const chunk of messageStream({ headers: [] }, deliveryOf(mail).entity)) given += chunk.length
    })()
    await expect(again).rejects.toMatchObject({ code: 'INVALID_REQUEST', stage: 'encrypt' })
    // Headers, key and nonce, and not an octet of the other content.
    expect(given).toBeLessThan(2000)
  })

  it.each([
    ['grew', 5, 6],
    ['shrank', 6, 5],
  ])(
    'nor one that %s by just as much as is encrypted at a time: there is no second tag',
    async (_, first, second) => {
      let pieces = first
      // With the empty line above it, the content fills whole pieces.
      const entity: MimeEntity = {
        headers: [],
        async *body() {
          for (let place = 0; place < pieces; place++)
            yield Buffer.alloc(262_144 - (place === 0 ? 2 : 0), 'x')
        },
      }
      const mail = await encrypted([reader('rsa:2048')], { cipher: 'aes-256-gcm' }, mailOf(entity))
      const whole = await wire(mail)
      pieces = second
      const given: Uint8Array[] = []
      const again = (async () => {
        for await (const chunk of messageStream(mail, deliveryOf(mail).entity)) given.push(chunk)
      })()
      await expect(again).rejects.toMatchObject({ code: 'INVALID_REQUEST', stage: 'encrypt' })
      const begun = Buffer.concat(given)
      expect(whole.subarray(0, begun.length).equals(begun)).toBe(true)
    },
  )
})

async function encrypted(
  certificates: TestCertificate[],
  options: EncryptOptions = {},
  mail: MimeMail = exampleMail(),
): Promise<MimeMail> {
  const encryptionCertificates = certificates.map(({ pem }) => pem)
  return await encrypt(options)({ ...mail, protection: { encryptionCertificates } }, {})
}

function repeated(line: string, times: number): MimeEntity {
  return {
    headers: [],
    async *body() {
      for (let done = 0; done < times; done += 1000) yield Buffer.from(line.repeat(1000))
    },
  }
}

async function readBy(owner: TestCertificate, mail: MimeMail): Promise<string> {
  const opened = await opensslReader({ authorities: [authority()], owner })
  const reading = await opened.decrypt(await wire(mail))
  if (!reading.ok) throw new Error(reading.says)
  return reading.content.toString()
}

function parsed(message: Buffer): string {
  return openssl(['asn1parse', '-inform', 'DER', '-in', temporaryFile('p7m', cmsOf(message))]).toString()
}

/** What the content is encrypted with, as openssl sees it. */
function cipherOf(message: Buffer): string | undefined {
  const names = parsed(message).match(/:(aes-\d+-(?:cbc|gcm)|id-aes\d+-GCM)/g) ?? []
  return names
    .at(-1)
    ?.replace(/:id-aes(\d+)-GCM/, 'aes-$1-gcm')
    .replace(':', '')
}

function digest(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
