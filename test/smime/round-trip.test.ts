import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import type { MimeEntity, MimeMail, Recipient } from '../../src/mail.js'
import { messageBytes, messageStream } from '../../src/mime.js'
import {
  decrypt,
  decryptFile,
  encrypt,
  type Identity,
  loadIdentity,
  type MessageReport,
  sign,
  verify,
  verifyFile,
} from '../../src/smime/index.js'
import { authority, type KeyKind, person } from '../certificates/certificates.js'
import { deliveryOf, exampleMail } from './example-mail.js'
import {
  contents,
  encryptions,
  headers,
  orders,
  type RandomContent,
  type RandomEncryption,
  type RandomHeader,
  type RandomSignature,
  secret,
  signatures,
} from './random-mails.js'

/** FUZZ_RUNS=10000 for a long one; FUZZ_SEED for others than those of every run. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 40)
const seed = Number(process.env.FUZZ_SEED ?? 11)
const timeout = 60_000 + numRuns * 200

const folder = mkdtempSync(join(tmpdir(), 'round-trip-'))
afterAll(() => rmSync(folder, { recursive: true }))
const out = join(folder, 'content.eml')

interface Trip {
  readonly content: RandomContent
  readonly order: (typeof orders)[number]
  readonly signature: RandomSignature
  readonly encryption: RandomEncryption
  readonly header: RandomHeader
}

/** Without bias towards small ones, which would make most bodies of a short run empty. */
const trips: fc.Arbitrary<Trip> = fc.noBias(
  fc.record({
    content: contents,
    order: fc.constantFrom(...orders),
    signature: signatures,
    encryption: encryptions,
    header: headers,
  }),
)

it('what is signed and encrypted is read back as it was, in memory and from a file, or refused unsigned', {
  timeout,
}, async () => {
  const seen = { verified: 0, untrusted: 0, unsigned: 0, refused: 0 }
  const property = fc.asyncProperty(trips, async (trip) => {
    if (trip.order[0] === 'sign' && !survives(trip.content.body)) {
      await expect(sent(trip)).rejects.toMatchObject({ code: 'INVALID_REQUEST', stage: 'sign' })
      seen.refused++
      return
    }
    const mail = await sent(trip)
    const message = await messageBytes(mail, deliveryOf(mail).entity)
    const isEncrypted = includes(trip.order, 'encrypt')
    if (isEncrypted && trip.header.protectHeaders !== false && !isShown(trip.header))
      expect(message.includes(secret)).toBe(false)

    const options = await readingOptions(trip)
    const judged = await verify(message, options)
    expect(judged.status).toBe(expectedStatus(trip.order))
    expect(signersOf(judged)).toEqual(includes(trip.order, 'sign') ? [...trip.signature.keys].sort() : [])
    expectSubject(judged, trip)
    if (judged.status === 'verified') expectContent(judged.content, trip)

    const { content: _, ...report } = { content: null, ...judged }
    const stream = () => messageStream(mail, deliveryOf(mail).entity)
    const fromFile = await verifyFile(stream(), { ...options, out })
    expect(fromFile).toEqual(report.status === 'verified' ? { ...report, contentFile: out } : report)
    if (fromFile.status === 'verified') expectContent(readFileSync(out), trip)
    if (isEncrypted) {
      const opened = await decrypt(message, options)
      expectContent(opened.status === 'verified' ? opened.content : opened.unverifiedContent, trip)
      const inFile = await decryptFile(stream(), { ...options, out })
      expect(inFile.status).toBe(judged.status)
      expectContent(readFileSync(out), trip)
    }
    if (judged.status in seen) seen[judged.status as keyof typeof seen]++
  })
  await fc.assert(property, { numRuns, seed })
  // All of it came about, so it looked at something.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(numRuns / 50)
})

it('a message with any of its bits turned over is never verified with other content, signers or protected fields', {
  timeout,
}, async () => {
  const seen = { verified: 0, other: 0 }
  const signedTrips = trips.filter(
    ({ order, content: { body } }) =>
      expectedStatus(order) === 'verified' && survives(body) && body.length < 100_000,
  )
  const places = fc.array(fc.record({ inBody: fc.boolean(), place: fc.nat(), bit: fc.nat(7) }), {
    minLength: 8,
    maxLength: 8,
  })
  const property = fc.asyncProperty(signedTrips, places, async (trip, flips) => {
    const mail = await sent(trip)
    const message = await messageBytes(mail, deliveryOf(mail).entity)
    const options = await readingOptions(trip)
    const { body } = trip.content
    // The body can be aimed at where it is there to be read.
    const bodyAt = body.length > 8 ? message.indexOf(body) : -1
    for (const { inBody, place, bit } of flips) {
      const changed = Buffer.from(message)
      const at = inBody && bodyAt >= 0 ? bodyAt + (place % body.length) : place % message.length
      changed.writeUInt8(changed.readUInt8(at) ^ (1 << bit), at)
      const result = await verify(changed, options)
      seen[result.status === 'verified' ? 'verified' : 'other']++
      if (result.status !== 'verified') continue
      expectContent(result.content, trip)
      expect(signersOf(result)).toEqual([...trip.signature.keys].sort())
      const address = result.from?.map((author) => author.address)
      expect(address).toEqual(['soc@example.com'])
      const subject = result.headers.find(({ name, coverage }) => name === 'Subject' && coverage !== 'none')
      expect(subject?.value ?? unfolded(trip)).toBe(unfolded(trip))
    }
  })
  await fc.assert(property, { numRuns, seed })
  expect(seen.other).toBeGreaterThan(numRuns)
  // A bit in the outer header may be anything: nobody signed that.
  expect(seen.verified).toBeGreaterThan(0)
})

/** The mail with its protections. */
async function sent({ content, order, signature, encryption, header }: Trip): Promise<MimeMail> {
  const { protectHeaders } = header
  const [identity, ...cosigners] = await Promise.all(signature.keys.map(signer))
  // The display is the mail's own text changed; here it has to come back as it was.
  const common = { protectHeaders, legacyDisplay: false }
  const stages = {
    sign: sign({ ...signature.how, ...common, ...(identity && { identity }), cosigners }),
    encrypt: encrypt({ ...encryption.how, ...common }),
  }
  const recipients = encryption.keys.map((key): Recipient => ({ address: addressOf(key), kind: 'to' }))
  const isEncrypted = includes(order, 'encrypt')
  const protection = {
    encrypt: isEncrypted,
    ...(isEncrypted && { encryptionCertificates: encryption.keys.map((key) => reader(key).pem) }),
  }
  const subject = { name: 'Subject', value: header.subject }
  let mail = exampleMail(protection, recipients, {
    headers: [...exampleMail().headers, { name: 'Date', value: 'Thu, 01 Jan 2026 12:00:00 +0100' }, subject],
    deliveries: [{ recipients, entity: entityOf(content) }],
  })
  for (const stage of order) mail = await stages[stage](mail, {})
  return mail
}

function entityOf({ headers: fields, body, chunkSize }: RandomContent): MimeEntity {
  if (chunkSize === null) return { headers: fields, body: () => [body] }
  return {
    headers: fields,
    async *body() {
      for (let start = 0; start < body.length; start += chunkSize)
        yield body.subarray(start, start + chunkSize)
    },
  }
}

/** What a signature survives on every way (RFC 8551, section 3.1.2). */
function survives(body: Buffer): boolean {
  return body
    .toString('latin1')
    .split('\r\n')
    .every((line) => line.length <= 998 && /^[^\0\r\n\x80-\xff]*$/.test(line))
}

/** Read by the last of the recipients, a moment later. */
async function readingOptions({ encryption }: Trip) {
  const owner = reader(encryption.keys.at(-1) ?? 'rsa:2048')
  return {
    trust: authority().certificate,
    identity: await loaded(owner.name, owner),
    moment: new Date(Date.now() + 1000),
  }
}

function expectedStatus(order: Trip['order']): MessageReport['status'] {
  if (!includes(order, 'sign')) return 'unsigned'
  // Who signs what is encrypted may never have read it.
  return order[0] === 'encrypt' ? 'untrusted' : 'verified'
}

/** The very bytes, behind fields that may have been put there to protect them. */
function expectContent(content: Buffer, trip: Trip): void {
  const { headers: fields, body } = trip.content
  const head = content.subarray(0, content.length - body.length)
  expect(content.subarray(head.length).equals(body)).toBe(true)
  const own = `${fields.map(({ name, value }) => `${name}: ${value}\r\n`).join('')}\r\n`
  if (trip.header.protectHeaders === false) expect(head.toString()).toBe(own)
  else expect(head.indexOf('\r\n\r\n')).toBe(head.length - 4)
}

function expectSubject({ headers: fields, status }: MessageReport, trip: Trip): void {
  const isEncrypted = includes(trip.order, 'encrypt')
  const [subject, ...others] = fields.filter(({ name }) => name === 'Subject')
  expect(others).toEqual([])
  const isProtected = trip.header.protectHeaders !== false
  const isHidden = isProtected && isEncrypted && !isShown(trip.header)
  const covers = [
    ...(isProtected && status === 'verified' ? ['signed'] : []),
    ...(isHidden ? ['encrypted'] : []),
  ]
  expect(subject?.value).toBe(unfolded(trip))
  expect(subject?.coverage).toBe(covers.join(' and ') || 'none')
  expect(subject?.outside ?? '[...]').toBe('[...]')
}

function unfolded({ header }: Trip): string {
  return header.subject.replaceAll('\r\n', '')
}

/** Whether the policy leaves the subject where everybody reads it. */
function isShown({ subject, protectHeaders }: RandomHeader): boolean {
  return typeof protectHeaders === 'function' && protectHeaders('Subject', subject) === subject
}

function signersOf({ signers }: MessageReport): string[] {
  return signers.map(({ certificate }) => certificate?.subject.replace('CN=soc ', '') ?? '').sort()
}

const identities = new Map<string, Promise<Identity>>()
function loaded(name: string, { pem, keyPem }: { pem: string; keyPem: string }): Promise<Identity> {
  const identity = identities.get(name) ?? loadIdentity({ certificate: pem, privateKey: keyPem })
  identities.set(name, identity)
  return identity
}

function signer(key: KeyKind): Promise<Identity> {
  const name = `soc ${key}`
  return loaded(name, person(name, { addresses: ['soc@example.com'], key }))
}

function reader(key: KeyKind) {
  return person(addressOf(key), {
    key,
    extensions: [
      `keyUsage = critical, ${key.startsWith('ec') ? 'keyAgreement' : 'keyEncipherment'}`,
      'extendedKeyUsage = emailProtection',
    ],
  })
}

function addressOf(key: KeyKind): string {
  return `${key.replaceAll(/\W/g, '-')}@example.com`.toLowerCase()
}

function includes(order: Trip['order'], stage: 'sign' | 'encrypt'): boolean {
  return order.some((each) => each === stage)
}
