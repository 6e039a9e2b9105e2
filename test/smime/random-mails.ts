import fc from 'fast-check'
import { encodeBase64Lines } from '../../src/base64-lines.js'
import type { HeaderField } from '../../src/mail.js'
import {
  baselinePolicy,
  type ContentCipher,
  type HeaderPolicy,
  type SignOptions,
} from '../../src/smime/index.js'
import type { KeyKind } from '../certificates/certificates.js'

/** What is sent: its Content-* fields, and its body. */
export interface RandomContent {
  readonly headers: readonly HeaderField[]
  readonly body: Buffer
  /** Octets in each chunk of a stream; null for a body in memory. */
  readonly chunkSize: number | null
}

/** Who signs and how; the key of each signer. */
export interface RandomSignature {
  readonly keys: readonly KeyKind[]
  readonly how: SignOptions
}

/** Who reads and how it is hidden from others; the key of each reader. */
export interface RandomEncryption {
  readonly keys: readonly KeyKind[]
  readonly how: { readonly cipher: ContentCipher | 'auto'; readonly keyTransport: 'pkcs1' | 'oaep' }
}

/** What is protected of the header, and what stands outside instead. */
export interface RandomHeader {
  readonly subject: string
  readonly protectHeaders: boolean | 'baseline' | 'shy' | HeaderPolicy
}

/** The protections around a mail, in the order in which they are put on. */
export const orders = [
  ['sign'],
  ['encrypt'],
  ['sign', 'encrypt'],
  ['sign', 'encrypt', 'sign'],
  ['encrypt', 'sign'],
] as const

/** What may stand in a line that every transport leaves as it is, and what looks like something else. */
const line = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', maxLength: 80 }),
  fc.constantFrom(
    ...['', '.', '..', '.\t', ' ', 'trailing  ', '--', '--m', '--m--', '----------', 'From the SOC'],
    ...['Content-Type: application/pkcs7-mime', 'Subject: another', '=', '=0D=0A', '\x7f\x01', '\t\t'],
    ...['-----BEGIN PKCS7-----', 'x'.repeat(997), 'x'.repeat(998)],
  ),
)

const mailText = fc
  .tuple(fc.array(line, { maxLength: 12 }), fc.constantFrom('', '\r\n', '\r\n\r\n'))
  .map(([lines, end]) => Buffer.from(lines.join('\r\n') + end))

/** Octets of every kind and every line ending, at best with one thing alone that not every transport lets pass. */
const anyBytes = fc
  .tuple(
    mailText,
    fc.oneof(
      fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
      fc
        .constantFrom('\n', '\r', '\r\r\n', '\n\r', '\0', 'Größe', '.\n', 'x'.repeat(999), 'x'.repeat(5000))
        .map((text) => Buffer.from(text)),
    ),
    fc.oneof(mailText, fc.constant(Buffer.from(''))),
  )
  .map((pieces) => Buffer.concat(pieces))

/** Beyond a megabyte, a stream is written and read in pieces. */
const long = fc.tuple(fc.integer({ min: 17_000, max: 20_000 }), mailText).map(([times, text]) => {
  const repeated = Buffer.alloc(
    times * 66,
    `All sessions of the accounts concerned were revoked at once.....\r\n`,
  )
  return Buffer.concat([repeated, text])
})

const field = (name: string, value: string): HeaderField => ({ name, value })

const encoded = anyBytes.map((bytes) => ({
  headers: [field('Content-Type', 'application/octet-stream'), field('Content-Transfer-Encoding', 'base64')],
  body: encodeBase64Lines(bytes),
}))

const asItIs = fc
  .tuple(
    fc.constantFrom(
      [],
      [field('Content-Type', 'text/plain; charset=utf-8')],
      [field('Content-Type', 'multipart/mixed; boundary=m')],
      [field('content-type', 'application/octet-stream;\r\n name="=?utf-8?q?a?="')],
    ),
    fc.oneof(
      { weight: 6, arbitrary: mailText },
      { weight: 2, arbitrary: anyBytes },
      { weight: 1, arbitrary: long },
    ),
  )
  .map(([headers, body]) => ({ headers, body }))

/** Content that comes in any shape. */
export const contents: fc.Arbitrary<RandomContent> = fc
  .tuple(
    fc.oneof({ weight: 3, arbitrary: asItIs }, { weight: 1, arbitrary: encoded }),
    fc.option(fc.constantFrom(1, 3, 77, 1024, 70_000)),
  )
  .map(([content, chunkSize]) => {
    // A million chunks of one octet would test patience.
    const least = content.body.length > 100_000 ? 1024 : 1
    return { ...content, chunkSize: chunkSize && Math.max(chunkSize, least) }
  })

/** Signatures of every kind that the keys can make. */
export const signatures: fc.Arbitrary<RandomSignature> = fc
  .record({
    keys: fc.uniqueArray(
      fc.constantFrom<KeyKind>('rsa:2048', 'rsa-pss', 'rsa-pss:sha384', 'ec', 'ec:P-384', 'ec:P-521'),
      { minLength: 1, maxLength: 3 },
    ),
    signatureForm: fc.constantFrom('detached', 'opaque'),
    signatureScheme: fc.constantFrom(undefined, 'pkcs1', 'pss'),
    signatureHash: fc.constantFrom(undefined, 'sha256', 'sha384', 'sha512'),
  })
  .filter(
    ({ keys, signatureScheme, signatureHash = 'sha384' }) =>
      !(signatureScheme === 'pkcs1' && keys.some((key) => key.startsWith('rsa-pss'))) &&
      !(signatureHash !== 'sha384' && keys.includes('rsa-pss:sha384')),
  )
  .map(({ keys, signatureForm, signatureScheme, signatureHash }) => ({
    keys,
    how: {
      signatureForm,
      ...(signatureScheme && { signatureScheme }),
      ...(signatureHash && { signatureHash }),
    },
  }))

/** Encryption of every kind. */
export const encryptions: fc.Arbitrary<RandomEncryption> = fc.record({
  keys: fc.uniqueArray(fc.constantFrom<KeyKind>('rsa:2048', 'ec', 'ec:P-384', 'ec:P-521'), {
    minLength: 1,
    maxLength: 3,
  }),
  how: fc.record({
    cipher: fc.constantFrom(
      ...(['auto', 'aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc'] as const),
      ...(['aes-128-gcm', 'aes-256-gcm'] as const),
    ),
    keyTransport: fc.constantFrom('pkcs1', 'oaep'),
  }),
})

/** By its first word, a subject is known from everything else. */
export const secret = 'Zebra-takeover'

const policies: readonly RandomHeader['protectHeaders'][] = [
  ...([false, true, 'baseline', 'shy'] as const),
  (_, value) => value,
  (name, value) => (/^subject$/i.test(name) ? null : baselinePolicy(name, value)),
]

/** Subjects, folded anywhere, and policies. */
export const headers: fc.Arbitrary<RandomHeader> = fc.record({
  subject: fc
    .array(
      fc.tuple(
        fc.constantFrom(' ', '\r\n ', '\r\n\t', '  ', ' \r\n '),
        fc.oneof(
          fc.stringMatching(/^[!-~]{1,40}$/),
          fc.constantFrom(
            '[...]',
            'hp="clear"',
            '=?utf-8?q?Gr=C3=B6=C3=9Fe?=',
            '<a@example.com>,',
            '"',
            '\\',
          ),
        ),
      ),
      { maxLength: 8 },
    )
    .map((words) => secret + words.flat().join('')),
  protectHeaders: fc.constantFrom(...policies),
})
