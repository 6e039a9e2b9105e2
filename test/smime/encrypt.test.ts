import { X509Certificate } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { MimeMail, Recipient } from '../../src/mail.js'
import { encrypt } from '../../src/smime/index.js'
import {
  authority,
  authorityExtensions,
  type CertificateWishes,
  openssl,
  person,
  type TestCertificate,
  temporaryFile,
  temporaryPath,
  testCertificate,
} from '../certificates/certificates.js'
import { cmsOf } from '../readers/mime.js'
import { opensslReader } from '../readers/openssl.js'
import { bcc, cc, deliveryOf, exampleContent, exampleMail, to, warningCodes, wire } from './example-mail.js'

const day = 24 * 60 * 60 * 1000
const alice = () => person('alice@example.com')
const bob = () => person('bob@example.com')
const carol = () => person('carol@example.com')
const nameless = () => testCertificate('nameless', { issuer: authority() })
const expired = () => person('old@example.com', { validity: ['20200101000000Z', '20210101000000Z'] })

describe('whether a mail is encrypted', () => {
  it('it is when it brings certificates', async () => {
    const mail = await encrypt({})(exampleMail({ encryptionCertificates: alice().pem }), {})
    expect(deliveryOf(mail).entity.headers[0]?.value).toMatch(/smime-type=enveloped-data/)
    expect(mail.recipientsCertificates).toMatchObject([
      { recipient: 'alice@example.com', addresses: ['alice@example.com'], fingerprint: fingerprint(alice()) },
    ])
    expect(mail.timings.encrypt).toBeGreaterThan(0)
  })

  it('it is when it asks for it, with certificates from the store', async () => {
    const mail = await encrypt({ certificates: folder(alice()) })(exampleMail({ encrypt: true }), {})
    expect(await readBy(alice(), mail)).toBe(exampleContent)
  })

  it.each([
    { encrypt: false, encryptionCertificates: 'anything' },
    { encrypt: false, encryptionCertificates: '' },
    {},
    { encryptionCertificates: undefined },
    JSON.parse('{"encryptionCertificates": null}'),
  ])('it is not, and passes through untouched, with %j', async (protection) => {
    const mail = exampleMail(protection)
    const passed = await encrypt({ certificates: folder(alice()) })(mail, {})
    expect(passed.deliveries).toBe(mail.deliveries)
    expect(passed.recipientsCertificates).toBeNull()
    const isToTell = protection.encrypt === false && protection.encryptionCertificates !== ''
    expect(passed.warnings.map(({ code }) => code)).toEqual(isToTell ? ['NOT_ENCRYPTED'] : [])
  })

  it.each(['""', '" \\n "', '[]', '["", null]', '["\\t", "\\n"]'])(
    'it is an error, and no mail in the clear, when its certificates are %s',
    async (text) => {
      const protection = { encryptionCertificates: JSON.parse(text) }
      const sent = encrypt({ certificates: folder(alice()) })(exampleMail(protection), {})
      await expect(sent).rejects.toMatchObject({
        code: 'CERTIFICATE_MISSING',
        field: 'encryptionCertificates',
        stage: 'encrypt',
        message:
          'encryptionCertificates is given but holds no certificate, so nothing was sent; fill it, or set "encrypt": false to send the mail unencrypted on purpose',
      })
      const asking = exampleMail({ ...protection, encrypt: true })
      const stored = await encrypt({ certificates: folder(alice()) })(asking, {})
      expect(await readBy(alice(), stored)).toBe(exampleContent)
    },
  )

  it('nothing of the content can be seen', async () => {
    const message = (await wire(await encrypted([alice()]))).toString('latin1')
    expect(message).not.toContain('quiet')
    expect(message.split('\r\n').every((line) => line.length <= 78)).toBe(true)
  })
})

describe('certificates in the job', () => {
  it.each([
    ['one string', () => alice().pem + bob().pem],
    ['one string with commas', () => [alice().pem, bob().pem].join(',\n')],
    ['a list', () => [alice().pem, bob().pem]],
    ['a list with explanations', () => [`Alice's:\n${alice().pem}`, `${bob().pem}(Bob's)`]],
    ['lines that became spaces', () => (alice().pem + bob().pem).replaceAll('\n', ' ')],
    ['lines of Windows', () => (alice().pem + bob().pem).replaceAll('\n', '\r\n')],
    ['TRUSTED certificates', () => trusted(alice()) + trusted(bob())],
    [
      'TRUSTED certificates with the word taken out by hand',
      () => (trusted(alice()) + trusted(bob())).replaceAll('TRUSTED ', ''),
    ],
  ])('may be %s', async (_, certificates) => {
    const mail = exampleMail({ encryptionCertificates: certificates() }, [
      to('alice@example.com'),
      cc('bob@example.com'),
    ])
    const result = await encrypt({})(mail, {})
    expect(result.deliveries).toHaveLength(1)
    expect(await readBy(alice(), result)).toBe(exampleContent)
    expect(await readBy(bob(), result)).toBe(exampleContent)
    expect(result.warnings).toEqual([])
  })

  it('go before those in the store', async () => {
    const other = person('other-alice', { addresses: ['alice@example.com'] })
    const stage = encrypt({ certificates: folder(other) })
    const result = await stage(exampleMail({ encryptionCertificates: alice().pem }), {})
    expect(serialsOf(await wire(result))).toEqual([serial(alice())])
  })

  it('are filled up from the store', async () => {
    const stage = encrypt({ certificates: folder(bob()) })
    const recipients = [to('alice@example.com'), to('bob@example.com')]
    const result = await stage(exampleMail({ encryptionCertificates: alice().pem }, recipients), {})
    expect(serialsOf(await wire(result))).toEqual(sorted([alice(), bob()]))
  })

  it('that name no recipient are not used, with a warning', async () => {
    const result = await encrypted([alice(), bob()])
    expect(warningCodes(result)).toEqual(['CERTIFICATE_UNUSED'])
    expect(serialsOf(await wire(result))).toEqual([serial(alice())])
  })

  it('that name nobody serve all, with a warning', async () => {
    const recipients = [to('alice@example.com'), cc('bob@example.com')]
    const alone = await encrypted([nameless()], recipients)
    expect(warningCodes(alone)).toEqual(['CERTIFICATE_WITHOUT_ADDRESS'])
    expect(alone.recipientsCertificates?.map(({ recipient }) => recipient)).toEqual([
      'alice@example.com',
      'bob@example.com',
    ])
    const beside = await encrypted([alice(), nameless()], [to('alice@example.com')])
    expect(serialsOf(await wire(beside))).toEqual(sorted([alice(), nameless()]))
  })

  it('may bring their authorities along, which nothing is encrypted to', async () => {
    const result = await encrypted([alice(), authority()])
    expect(serialsOf(await wire(result))).toEqual([serial(alice())])
    expect(result.warnings).toEqual([])
  })

  it('may be self-signed', async () => {
    const own = testCertificate('self', { addresses: ['alice@example.com'] })
    expect(await readBy(own, await encrypted([own]))).toBe(exampleContent)
  })

  it.each([
    ['words', 'my certificate'],
    ['a key', () => alice().keyPem],
    ['half of one', () => alice().pem.slice(0, 400)],
    ['one with a hole', () => alice().pem.replace(/\n.*\n/, '\n')],
    [
      'a good and a broken one',
      () => `${alice().pem}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----`,
    ],
  ])('that are %s are INVALID_CERTIFICATE', async (_, text) => {
    const pem = typeof text === 'string' ? text : text()
    await expect(encrypt({})(exampleMail({ encryptionCertificates: pem }), {})).rejects.toMatchObject({
      code: 'INVALID_CERTIFICATE',
      field: 'encryptionCertificates',
      stage: 'encrypt',
    })
  })
})

describe('what is said of certificates in the job that cannot be read', () => {
  const refusal = async (encryptionCertificates: string | string[]) => {
    const sent = encrypt({})(exampleMail({ encryptionCertificates }), {})
    return await sent.then(
      () => 'nothing',
      ({ message }: Error) => message,
    )
  }
  const broken = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'

  it('which of them is damaged, in words of our own', async () => {
    const reason = 'it is damaged, or of a kind that is not known here; copy it again, whole'
    expect(await refusal(alice().pem + broken)).toBe(
      `encryptionCertificates: certificate 2 cannot be read: ${reason}`,
    )
    const overwritten = bob().pem.replace(/^(.{70}).{8}/s, '$1AAAAAAAA')
    for (const damaged of [broken, overwritten])
      expect(await refusal([alice().pem, '', damaged])).toBe(
        `encryptionCertificates[2]: certificate 1 cannot be read: ${reason}`,
      )
  })

  it('which of them has no end', async () => {
    expect(await refusal(alice().pem + bob().pem.slice(0, 400))).toBe(
      'encryptionCertificates: certificate 2 cannot be read: the END line of "CERTIFICATE" is missing; copy it again, whole',
    )
  })

  it('that its line breaks are no line breaks', async () => {
    expect(await refusal(alice().pem.replaceAll('\n', '\\n'))).toBe(
      'encryptionCertificates: certificate 1 cannot be read: it has a backslash and an n where its lines end; put real line breaks there',
    )
  })

  it.each([
    './alice.pem',
    'alice.crt',
    '/etc/mail/alice',
    'C:\\certificates\\alice.cer',
    '~/alice',
    'a.pem, b.pem',
  ])('that %s looks like a path', async (path) => {
    expect(await refusal(path)).toBe(
      `encryptionCertificates: ${JSON.stringify(path)} looks like a path; give the text of the PEM file, or put the file into smime.certificates`,
    )
  })

  it('that there is none', async () => {
    const message = 'encryptionCertificates: there is no BEGIN CERTIFICATE in it; give certificates in PEM'
    expect(await refusal('my certificate')).toBe(message)
    expect(await refusal(alice().keyPem)).toBe(message)
  })
})

describe('blind copies', () => {
  const recipients = [to('alice@example.com'), bcc('bob@example.com'), bcc('carol@example.com')]

  it('are each encrypted to that person alone', async () => {
    const result = await encrypted([alice(), bob(), carol()], recipients)
    expect(result.deliveries.map((delivery) => delivery.recipients)).toEqual(recipients.map((one) => [one]))
    for (const [index, who] of [alice(), bob(), carol()].entries()) {
      expect(serialsOf(await wire(result, index))).toEqual([serial(who)])
      expect(await readBy(who, result, index)).toBe(exampleContent)
    }
  })

  it('have nothing in common: neither key, nor vector, nor ciphertext', async () => {
    const result = await encrypted([alice(), bob(), carol()], recipients)
    const tails = await Promise.all(
      [0, 1, 2].map(async (index) =>
        cmsOf(await wire(result, index))
          .subarray(-64)
          .toString('hex'),
      ),
    )
    expect(new Set(tails).size).toBe(3)
  })

  it('of a person with a certificate that names nobody do not betray it to the others', async () => {
    const result = await encrypted([alice(), nameless()], [to('alice@example.com'), bcc('bob@example.com')])
    expect(serialsOf(await wire(result, 0))).toEqual([serial(alice())])
    expect(serialsOf(await wire(result, 1))).toEqual([serial(nameless())])
  })

  it('may be all there is', async () => {
    const result = await encrypted([alice(), bob()], [bcc('alice@example.com'), bcc('bob@example.com')])
    expect(result.deliveries).toHaveLength(2)
  })
})

describe('a recipient without a certificate', () => {
  it('is CERTIFICATE_MISSING, naming all of them at once', async () => {
    const recipients = [to('alice@example.com'), cc('x@example.com'), bcc('y@example.com')]
    const mail = exampleMail({ encryptionCertificates: alice().pem }, recipients)
    await expect(encrypt({})(mail, {})).rejects.toMatchObject({
      code: 'CERTIFICATE_MISSING',
      stage: 'encrypt',
      message: expect.stringMatching(/x@example\.com, y@example\.com/),
    })
    await expect(encrypt({})(mail, {})).rejects.not.toMatchObject({
      message: expect.stringContaining('alice'),
    })
  })

  it('is so when nothing is configured at all', async () => {
    await expect(encrypt({})(exampleMail({ encrypt: true }), {})).rejects.toMatchObject({
      code: 'CERTIFICATE_MISSING',
      message: expect.stringContaining('smime.certificates'),
    })
  })

  it('is not served by one whose address only looks alike', async () => {
    const lookAlike = person('look-alike', {
      addresses: ['alice@example.com.example.org', 'xalice@example.com'],
    })
    await expect(encrypted([lookAlike])).rejects.toMatchObject({ code: 'CERTIFICATE_MISSING' })
  })
})

describe('a certificate that cannot serve', () => {
  it('expired is CERTIFICATE_EXPIRED, naming all of them', async () => {
    const elder = person('elder@example.com', { validity: ['20200101000000Z', '20210101000000Z'] })
    const recipients = [to('old@example.com'), to('elder@example.com')]
    await expect(encrypted([expired(), elder], recipients)).rejects.toMatchObject({
      code: 'CERTIFICATE_EXPIRED',
      message: expect.stringMatching(/old@example\.com.*elder@example\.com/),
    })
  })

  it('not valid yet is CERTIFICATE_EXPIRED too, and says so', async () => {
    const date = new Date(Date.now() - day)
    const mail = exampleMail({ encryptionCertificates: alice().pem }, undefined, { date })
    await expect(encrypt({})(mail, {})).rejects.toMatchObject({
      code: 'CERTIFICATE_EXPIRED',
      message: expect.stringContaining('not valid before'),
    })
  })

  it.each(['ec:secp256k1', 'rsa-pss', 'rsa:512', 'ed25519'] as const)(
    'with a key of kind %s is INVALID_CERTIFICATE',
    async (key) => {
      const other = testCertificate(`key-${key}`, {
        addresses: ['alice@example.com'],
        issuer: authority(),
        key,
      })
      await expect(encrypted([other])).rejects.toMatchObject({
        code: 'INVALID_CERTIFICATE',
        message: expect.stringMatching(/RSA|on the curve secp256k1/),
      })
    },
  )
})

describe('what is doubtful about a certificate is a warning', () => {
  it.each<[string, CertificateWishes, string[]]>([
    ['no purpose', { extensions: ['basicConstraints = CA:FALSE'] }, ['NO_EMAIL_PROTECTION']],
    ['another purpose', { extensions: ['extendedKeyUsage = clientAuth'] }, ['NO_EMAIL_PROTECTION']],
    [
      'a key for signing only',
      { extensions: ['keyUsage = digitalSignature', 'extendedKeyUsage = emailProtection'] },
      ['NO_EMAIL_PROTECTION'],
    ],
  ])('%s', async (title, wishes, expected) => {
    const who = testCertificate(`doubt-${title}`, {
      addresses: ['alice@example.com'],
      issuer: authority(),
      ...wishes,
    })
    const result = await encrypted([who])
    expect(warningCodes(result)).toEqual(expected)
    expect(await readBy(who, result)).toBe(exampleContent)
  })

  it('an end within two weeks', async () => {
    const date = new Date(Date.now() + 355 * day)
    const mail = exampleMail({ encryptionCertificates: alice().pem }, undefined, { date })
    const { warnings, recipientsCertificates } = await encrypt({})(mail, {})
    const days = recipientsCertificates?.[0]?.daysLeft
    expect([9, 10]).toContain(days)
    expect(warnings).toEqual([
      { code: 'CERTIFICATE_EXPIRES_SOON', message: expect.stringContaining(`valid for ${days} days more`) },
    ])
  })
})

describe('the store', () => {
  const asking = exampleMail({ encrypt: true })

  it('may be one file of many certificates', async () => {
    const file = temporaryFile('all.pem', bob().pem + alice().pem)
    expect(await readBy(alice(), await encrypt({ certificates: file })(asking, {}))).toBe(exampleContent)
  })

  it('finds addresses whatever their case, in the subject too', async () => {
    const shouting = testCertificate('shouting', {
      subject: '/CN=Alice/emailAddress=ALICE@Example.COM',
      issuer: authority(),
    })
    const mail = exampleMail({ encrypt: true }, [to('Alice@EXAMPLE.com')])
    expect(await readBy(shouting, await encrypt({ certificates: folder(shouting) })(mail, {}))).toBe(
      exampleContent,
    )
  })

  it('finds an internationalised domain in either form', async () => {
    const idn = person('idn', { addresses: ['alice@xn--bcher-kva.example'] })
    const mail = exampleMail({ encrypt: true }, [to('alice@bücher.example')])
    expect(await readBy(idn, await encrypt({ certificates: folder(idn) })(mail, {}))).toBe(exampleContent)
  })

  it('of several certificates takes a valid one that can be encrypted to, the newest', async () => {
    const addresses = ['alice@example.com']
    const make = (name: string, wishes: CertificateWishes) =>
      testCertificate(name, { addresses, issuer: authority(), ...wishes })
    const later = ['20260601000000Z', '20400101000000Z'] as const
    const newest = make('newest', { validity: ['20260101000000Z', '20400101000000Z'] })
    const others = [
      make('gone', { validity: ['20200101000000Z', '20210101000000Z'] }),
      make('older', { validity: ['20240101000000Z', '20400101000000Z'] }),
      make('for-signing', {
        validity: later,
        extensions: ['keyUsage = digitalSignature', 'extendedKeyUsage = emailProtection'],
      }),
      make('elliptic', { key: 'ec', validity: later }),
    ]
    const stage = encrypt({ certificates: folder(...others, newest) })
    const mail = exampleMail({ encrypt: true }, undefined, { date: new Date('2027-01-01') })
    expect(serialsOf(await wire(await stage(mail, {})))).toEqual([serial(newest)])
  })

  it('notices new files, changed ones, and those that went away', async () => {
    const path = folder(bob())
    const stage = encrypt({ certificates: path })
    await expect(stage(asking, {})).rejects.toMatchObject({ code: 'CERTIFICATE_MISSING' })
    writeFileSync(join(path, 'new.crt'), alice().pem)
    expect(serialsOf(await wire(await stage(asking, {})))).toEqual([serial(alice())])
    writeFileSync(join(path, 'new.crt'), bob().pem + carol().pem)
    await expect(stage(asking, {})).rejects.toMatchObject({ code: 'CERTIFICATE_MISSING' })
    rmSync(join(path, 'new.crt'))
    await expect(stage(asking, {})).rejects.toMatchObject({ code: 'CERTIFICATE_MISSING' })
  })

  it('reads DER too, as Windows exports it', async () => {
    const path = folder(bob())
    writeFileSync(join(path, 'alice.cer'), derOf(alice()))
    const file = join(path, 'alice.cer')
    for (const certificates of [path, file])
      expect(await readBy(alice(), await encrypt({ certificates })(asking, {}))).toBe(exampleContent)
  })

  it('that is a damaged file of DER says so in words of our own', async () => {
    const certificates = temporaryFile('damaged.cer', derOf(alice()).subarray(0, 300))
    await expect(encrypt({ certificates })(asking, {})).rejects.toMatchObject({
      code: 'INVALID_CERTIFICATE',
      message: expect.stringMatching(/damaged\.cer" cannot be used: it is damaged, or of a kind/),
    })
  })

  it('passes over a broken file, but names it to whoever misses a certificate', async () => {
    const path = folder(alice())
    writeFileSync(join(path, 'broken.pem'), '-----BEGIN CERTIFICATE-----\nAAAA')
    writeFileSync(join(path, 'README'), 'no certificates here')
    const logged: object[] = []
    const log = (facts: object) => void logged.push(facts)
    const logger = { debug: log, info: log, warn: log, error: log }
    expect((await encrypt({ certificates: path })(asking, { logger })).recipientsCertificates).not.toBeNull()
    expect(logged).toMatchObject([{ file: join(path, 'broken.pem') }])
    const other = exampleMail({ encrypt: true }, [to('bob@example.com')])
    await expect(encrypt({ certificates: path })(other, {})).rejects.toMatchObject({
      code: 'CERTIFICATE_MISSING',
      message: expect.stringContaining('broken.pem'),
    })
  })

  it.each([
    ['is not there', '/nowhere/certificates', 'FILE_NOT_FOUND'],
    ['is a file of something else', temporaryFile('notes.txt', 'hello'), 'INVALID_CERTIFICATE'],
    [
      'is a broken file',
      temporaryFile('broken.pem', '-----BEGIN CERTIFICATE-----\nAA'),
      'INVALID_CERTIFICATE',
    ],
  ])('that %s is an error: %s %s', async (_, certificates, code) => {
    await expect(encrypt({ certificates })(asking, {})).rejects.toMatchObject({
      code,
      field: 'smime.certificates',
    })
  })
})

describe('trust', () => {
  const stranger = () => testCertificate('other-authority', { extensions: authorityExtensions })
  const intermediate = () =>
    testCertificate('intermediate', { issuer: authority(), extensions: authorityExtensions })
  const below = () => person('below', { addresses: ['alice@example.com'], issuer: intermediate() })

  it.each<[string, () => TestCertificate[], () => TestCertificate[], RegExp | null]>([
    ['issued by the authority', () => [alice()], () => [authority()], null],
    ['issued by one of several', () => [alice()], () => [stranger(), authority()], null],
    ['trusted itself', () => [alice()], () => [alice()], null],
    [
      'issued by another',
      () => [alice()],
      () => [stranger()],
      /alice@example\.com: no trusted authority .*issued by "C=DE/,
    ],
    ['below an intermediate at hand', () => [below(), intermediate()], () => [authority()], null],
    ['below an intermediate that is trusted', () => [below()], () => [intermediate()], null],
    [
      'below an intermediate that is missing',
      () => [below()],
      () => [authority()],
      /issued by "CN=intermediate"/,
    ],
    [
      'issued by a person who is no authority',
      () => [issuedByPerson(), bob()],
      () => [authority()],
      /issued a certificate, but is no authority/,
    ],
    [
      'issued by an impostor of the same name',
      () => [issuedByImpostor()],
      () => [authority()],
      /no trusted authority/,
    ],
    [
      'below an authority that may have none below',
      () => [tooDeep(), narrow(), narrowest()],
      () => [authority()],
      /does not allow so many authorities below it/,
    ],
  ])('%s', async (_, certificates, trust, why) => {
    const file = temporaryFile(
      'trust.pem',
      trust()
        .map(({ pem }) => pem)
        .join(''),
    )
    const job = certificates().map(({ pem }) => pem)
    const result = await encrypt({ trust: file })(exampleMail({ encryptionCertificates: job }), {})
    const warning = result.warnings.find(({ code }) => code === 'CERTIFICATE_UNTRUSTED')
    if (why) expect(warning?.message).toMatch(why)
    else expect(warning).toBeUndefined()
  })

  it('that cannot be read is an error', async () => {
    const mail = exampleMail({ encryptionCertificates: alice().pem })
    await expect(encrypt({ trust: '/nowhere/ca.pem' })(mail, {})).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
      field: 'smime.trust',
    })
  })

  /** A mail certificate used as if it were an authority's. */
  const issuedByPerson = () => person('by-person', { addresses: ['alice@example.com'], issuer: bob() })
  const impostor = () =>
    testCertificate('impostor', {
      subject: '/C=DE/O=Example/CN=Example Authority',
      extensions: authorityExtensions,
    })
  const issuedByImpostor = () =>
    person('by-impostor', { addresses: ['alice@example.com'], issuer: impostor() })
  const narrow = () =>
    testCertificate('narrow', {
      issuer: authority(),
      extensions: ['basicConstraints = critical, CA:TRUE, pathlen:0', 'keyUsage = keyCertSign'],
    })
  const narrowest = () => testCertificate('narrowest', { issuer: narrow(), extensions: authorityExtensions })
  const tooDeep = () => person('too-deep', { addresses: ['alice@example.com'], issuer: narrowest() })
})

async function encrypted(certificates: TestCertificate[], recipients?: Recipient[]): Promise<MimeMail> {
  const encryptionCertificates = certificates.map(({ pem }) => pem)
  return await encrypt({})(exampleMail({ encryptionCertificates }, recipients), {})
}

async function readBy(owner: TestCertificate, mail: MimeMail, delivery = 0): Promise<string> {
  const reader = await opensslReader({ authorities: [], owner })
  const reading = await reader.decrypt(await wire(mail, delivery))
  if (!reading.ok) throw new Error(reading.says)
  return reading.content.toString()
}

/** The serial numbers of all whom a message is encrypted to, as openssl sees them. */
function serialsOf(message: Buffer): string[] {
  const file = temporaryFile('p7m', cmsOf(message))
  const printed = openssl(['cms', '-cmsout', '-print', '-inform', 'DER', '-in', file]).toString()
  const serials = [...printed.matchAll(/serialNumber: (\S+)/g)].map(([, number = '']) => BigInt(number))
  return serials.map((number) => number.toString(16)).sort()
}

function serial({ pem }: TestCertificate): string {
  return BigInt(`0x${new X509Certificate(pem).serialNumber}`).toString(16)
}

function sorted(certificates: TestCertificate[]): string[] {
  return certificates.map(serial).sort()
}

function fingerprint({ pem }: TestCertificate): string {
  return new X509Certificate(pem).fingerprint256
}

function folder(...certificates: TestCertificate[]): string {
  const path = temporaryPath('certificates')
  mkdirSync(path)
  for (const { name, pem } of certificates) writeFileSync(join(path, `${name}.pem`), pem)
  return path
}

function derOf({ certificate }: TestCertificate): Buffer {
  return openssl(['x509', '-in', certificate, '-outform', 'DER'])
}

function trusted({ certificate }: TestCertificate): string {
  return openssl([
    'x509',
    '-in',
    certificate,
    '-trustout',
    '-addtrust',
    'emailProtection',
    '-setalias',
    'a mail certificate',
  ]).toString()
}
