import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createNotifier } from '../../../src/index.js'
import type { MimeMail, Protection, Recipient } from '../../../src/mail.js'
import { type EncryptOptions, encrypt, loadIdentity, sign } from '../../../src/smime/index.js'
import {
  authority,
  openssl,
  person,
  type TestCertificate,
  temporaryFile,
  temporaryPath,
  testCertificate,
} from '../../certificates/certificates.js'
import { cmsOf } from '../../readers/mime.js'
import { opensslReader } from '../../readers/openssl.js'
import { bcc, cc, exampleContent, exampleMail, to, warningCodes, wire } from '../example-mail.js'

const alice = () => person('alice@example.com')
const bob = () => person('bob@example.com')
const soc = () => person('soc@example.com')
const identityOf = ({ pem, keyPem }: TestCertificate) => ({ certificate: pem, privateKey: keyPem })
const everybody = [to('alice@example.com'), cc('bob@example.com'), bcc('carol@example.com')]

/** Alice has a certificate in the store, and the others none. */
async function sent(
  options: Omit<EncryptOptions, 'certificates'>,
  { signed = true, recipients = everybody, protection = {} }: Wishes = {},
): Promise<MimeMail> {
  const mail = exampleMail({ encrypt: true, ...protection }, recipients)
  const ready = signed ? await sign({ identity: identityOf(soc()) })(mail, {}) : mail
  return await encrypt({ certificates: alice().certificate, ...options })(ready, {})
}

interface Wishes {
  signed?: boolean
  recipients?: Recipient[]
  protection?: Protection
}

const addressesOf = ({ deliveries }: MimeMail) =>
  deliveries.map(({ recipients }) => recipients.map(({ address }) => address))
const missing = { code: 'CERTIFICATE_MISSING', field: 'encryptionCertificates' }

describe('a recipient without a certificate', () => {
  it.each([undefined, 'fail'] as const)(
    'by %s: nothing is sent, and all are named',
    async (missingCertificate) => {
      await expect(sent({ missingCertificate })).rejects.toMatchObject({
        ...missing,
        message: expect.stringMatching(/bob@example\.com, carol@example\.com/),
      })
    },
  )

  it('by skip: is left out, and the report says who', async () => {
    const mail = await sent({ missingCertificate: 'skip' })
    expect(addressesOf(mail)).toEqual([['alice@example.com']])
    expect(mail.leftOut).toEqual(['bob@example.com', 'carol@example.com'])
    expect(mail.unencrypted).toEqual([])
    expect(mail.warnings).toContainEqual({
      code: 'RECIPIENT_LEFT_OUT',
      message: expect.stringMatching(/^bob@example\.com, carol@example\.com: .*not sent to them/),
    })
    expect((await wire(mail)).toString('latin1')).not.toContain('quiet')
  })

  it('by sign-only: gets it signed and readable, in a copy that is not encrypted', async () => {
    const mail = await sent({ missingCertificate: 'sign-only' })
    expect(addressesOf(mail)).toEqual([['alice@example.com'], ['bob@example.com', 'carol@example.com']])
    expect(mail.unencrypted).toEqual(['bob@example.com', 'carol@example.com'])
    expect(warningCodes(mail)).toEqual(['NOT_ENCRYPTED'])
    expect((await wire(mail, 0)).toString('latin1')).not.toContain('quiet')
    const clear = (await wire(mail, 1)).toString('latin1')
    expect(clear).toContain('multipart/signed')
    expect(clear).toContain('quiet')
    expect(clear).not.toContain('carol')
  })

  it('by sign-only, and nobody has one: the mail is signed, and is not called encrypted', async () => {
    const mail = await sent({ missingCertificate: 'sign-only' }, { recipients: [to('bob@example.com')] })
    expect(mail.recipientsCertificates).toBeNull()
    expect(mail.unencrypted).toEqual(['bob@example.com'])
  })

  it('by skip, and nobody has one: is an error, for nobody is left', async () => {
    await expect(
      sent({ missingCertificate: 'skip' }, { recipients: [to('bob@example.com')] }),
    ).rejects.toMatchObject({ ...missing, message: expect.stringContaining('nobody is left') })
  })
})

describe('what must not weaken encryption', () => {
  it('sign-only without a signature: nothing is sent', async () => {
    await expect(sent({ missingCertificate: 'sign-only' }, { signed: false })).rejects.toMatchObject({
      ...missing,
      message: expect.stringContaining('without a signature'),
    })
  })

  it('sign-only of a mail that hides its subject: nothing is sent', async () => {
    const mail = exampleMail({ encrypt: true, protectHeaders: true }, everybody)
    const signed = await sign({ identity: identityOf(soc()) })(mail, {})
    const stage = encrypt({ certificates: alice().certificate, missingCertificate: 'sign-only' })
    await expect(stage(signed, {})).rejects.toMatchObject({
      ...missing,
      message: expect.stringContaining('protectHeaders'),
    })
  })

  it('sign-only and a file that cannot be read, which may hold the very certificate: nothing is sent', async () => {
    const folder = temporaryPath('store')
    mkdirSync(folder)
    writeFileSync(join(folder, 'alice.pem'), alice().pem)
    writeFileSync(join(folder, 'bob.pem'), bob().pem.slice(0, 300))
    const signed = await sign({ identity: identityOf(soc()) })(exampleMail({ encrypt: true }, everybody), {})
    const stage = encrypt({ certificates: folder, missingCertificate: 'sign-only' })
    await expect(stage(signed, {})).rejects.toMatchObject({
      ...missing,
      message: expect.stringContaining('bob.pem'),
    })
  })

  it('a look-up that fails', async () => {
    for (const missingCertificate of ['skip', 'sign-only'] as const) {
      const stage = encrypt({ missingCertificate, certificates: () => Promise.reject(new Error('down')) })
      const signed = await sign({ identity: identityOf(soc()) })(exampleMail({ encrypt: true }), {})
      await expect(stage(signed, {})).rejects.toMatchObject({ code: 'CERTIFICATE_LOOKUP_FAILED' })
    }
  })

  it('a certificate that is there and not valid', async () => {
    const old = person('old@example.com', { validity: ['20200101000000Z', '20210101000000Z'] })
    for (const missingCertificate of ['skip', 'sign-only'] as const) {
      const protection = { encryptionCertificates: old.pem }
      const recipients = [to('alice@example.com'), to('old@example.com')]
      await expect(sent({ missingCertificate }, { protection, recipients })).rejects.toMatchObject({
        code: 'CERTIFICATE_EXPIRED',
      })
    }
  })

  it('certificates in the job that are there and empty', async () => {
    for (const missingCertificate of ['skip', 'sign-only'] as const) {
      const protection = { encrypt: undefined, encryptionCertificates: ['', ' '] }
      await expect(sent({ missingCertificate }, { protection })).rejects.toMatchObject({
        code: 'CERTIFICATE_MISSING',
      })
    }
  })

  it.each(['missingCertificate', 'encryptToSelf'])('a job that names %s', async (key) => {
    const notifier = await createNotifier({
      from: 'soc@example.com',
      transport: { folder: temporaryPath('outbox') },
      smime: { identity: identityOf(soc()), certificates: alice().certificate },
    })
    const job = { to: 'bob@example.com', subject: 'Hi', body: 'Hi', encrypt: true }
    await expect(notifier.send({ ...job, [key]: 'skip' })).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    const headers = { 'X-Missing-Certificate': 'sign-only', missingCertificate: 'sign-only' }
    await expect(notifier.send({ ...job, headers })).rejects.toMatchObject({ code: 'CERTIFICATE_MISSING' })
    await notifier.close()
    const protection = { ...JSON.parse(`{ "${key}": "skip" }`), encrypt: true }
    await expect(sent({}, { protection })).rejects.toMatchObject({ code: 'CERTIFICATE_MISSING' })
  })

  it.each(['sign_only', 'ignore', '', null, true])('a policy %j that does not exist', (policy) => {
    const options: EncryptOptions = JSON.parse(JSON.stringify({ missingCertificate: policy }))
    expect(() => encrypt(options)).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG', field: 'smime.missingCertificate' }),
    )
  })

  it('and the report of a notifier says it all', async () => {
    const notifier = await createNotifier({
      from: 'soc@example.com',
      transport: { folder: temporaryPath('outbox') },
      smime: { identity: identityOf(soc()), certificates: alice().certificate, missingCertificate: 'skip' },
    })
    const job = { to: 'alice@example.com, bob@example.com', subject: 'Hi', body: 'Hi', encrypt: true }
    expect(await notifier.send(job)).toMatchObject({
      outcome: 'partial',
      accepted: ['alice@example.com'],
      encrypted: true,
      leftOut: ['bob@example.com'],
      unencrypted: [],
    })
    await notifier.close()
  })
})

describe('encryptToSelf', () => {
  const own = async () => await loadIdentity(identityOf(soc()))

  it('lets the sender read every copy', async () => {
    const certificates = temporaryFile('both.pem', alice().pem + bob().pem)
    const mail = exampleMail({ encrypt: true }, [to('alice@example.com'), bcc('bob@example.com')])
    for (const encryptToSelf of [await own(), soc().certificate, soc().pem]) {
      const result = await encrypt({ certificates, encryptToSelf })(mail, {})
      expect(result.deliveries).toHaveLength(2)
      for (const [index, reader] of [alice(), bob()].entries()) {
        expect(await readBy(reader, result, index)).toBe(exampleContent)
        expect(await readBy(soc(), result, index)).toBe(exampleContent)
      }
      expect(result.recipientsCertificates?.map(({ recipient }) => recipient)).toEqual([
        'alice@example.com',
        'bob@example.com',
        'soc@example.com',
      ])
    }
  })

  it('betrays no blind-copied person: each copy is for its own people and the sender', async () => {
    const certificates = temporaryFile('three.pem', alice().pem + bob().pem + soc().pem)
    const recipients = [to('alice@example.com'), bcc('bob@example.com'), bcc('soc@example.com')]
    const options = { certificates, encryptToSelf: await own() }
    const result = await encrypt(options)(exampleMail({ encrypt: true }, recipients), {})
    expect(await Promise.all([0, 1, 2].map(async (index) => readersOf(await wire(result, index))))).toEqual([
      2, 2, 1,
    ])
    await expect(readBy(bob(), result, 0)).rejects.toThrow()
    await expect(readBy(alice(), result, 1)).rejects.toThrow()
  })

  it('takes the certificate for encryption, where the sender has another for signing', async () => {
    const make = (usage: string) =>
      testCertificate(`soc ${usage}`, {
        addresses: ['soc@example.com'],
        issuer: authority(),
        extensions: [`keyUsage = ${usage}`, 'extendedKeyUsage = emailProtection'],
      })
    const [signing, encryption] = [make('digitalSignature'), make('keyEncipherment')]
    const identity = await loadIdentity({
      certificate: encryption.pem + signing.pem,
      privateKey: encryption.keyPem + signing.keyPem,
    })
    expect(identity.summary.subject).toBe('CN=soc digitalSignature')
    const stage = encrypt({ certificates: alice().certificate, encryptToSelf: identity })
    const result = await stage(exampleMail({ encrypt: true }), {})
    expect(await readBy(encryption, result, 0)).toBe(exampleContent)
  })

  it('that is not valid, or is no certificate, is an error', async () => {
    const old = person('old@example.com', { validity: ['20200101000000Z', '20210101000000Z'] })
    for (const [encryptToSelf, code] of [
      [old.pem, 'CERTIFICATE_EXPIRED'],
      [soc().keyPem, 'INVALID_CERTIFICATE'],
      ['/nowhere/soc.pem', 'FILE_NOT_FOUND'],
    ] as const) {
      const stage = encrypt({ certificates: alice().certificate, encryptToSelf })
      await expect(stage(exampleMail({ encrypt: true }), {})).rejects.toMatchObject({
        code,
        field: 'smime.encryptToSelf',
      })
    }
    await expect(createNotifier({ smime: { encryptToSelf: true } })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      field: 'smime.encryptToSelf',
    })
  })
})

async function readBy(owner: TestCertificate, mail: MimeMail, delivery: number): Promise<string> {
  const reader = await opensslReader({ authorities: [], owner })
  const reading = await reader.decrypt(await wire(mail, delivery))
  if (!reading.ok) throw new Error(reading.says)
  return reading.content.toString()
}

/** How many can read a message, as openssl sees it. */
function readersOf(message: Buffer): number {
  const file = temporaryFile('p7m', cmsOf(message))
  const printed = openssl(['cms', '-cmsout', '-print', '-inform', 'DER', '-in', file]).toString()
  return printed.match(/serialNumber: /g)?.length ?? 0
}
