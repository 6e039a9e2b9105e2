import { X509Certificate } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { IncidentMailerError } from '../../../src/errors.js'
import { type CertificateLookup, encrypt } from '../../../src/smime/index.js'
import {
  authority,
  person,
  type TestCertificate,
  temporaryFile,
  temporaryPath,
  testCertificate,
} from '../../certificates/certificates.js'
import { cc, exampleMail, to } from '../example-mail.js'

const alice = () => person('alice@example.com')
const bob = () => person('bob@example.com')
const asking = exampleMail({ encrypt: true })
const askingBoth = exampleMail({ encrypt: true }, [to('alice@example.com'), cc('bob@example.com')])

/** The subjects of all that a mail is encrypted to. */
async function usedFrom(certificates: string | CertificateLookup, mail = asking): Promise<string[]> {
  const { recipientsCertificates } = await encrypt({ certificates })(mail, {})
  return (recipientsCertificates ?? []).map(({ subject }) => subject)
}

describe('certificates as an LDAP server keeps them', () => {
  it('several in DER, one behind the other', async () => {
    const file = temporaryFile('values.der', Buffer.concat([bob(), alice()].map(derOf)))
    expect(await usedFrom(file, askingBoth)).toEqual(['CN=alice@example.com', 'CN=bob@example.com'])
  })

  it.each(['\n', '\r\n'])('in LDIF, in a file or a folder, lines ending in %j', async (end) => {
    const ldif = ldifOf(bob(), alice()).replaceAll('\n', end)
    expect(await usedFrom(temporaryFile('people.ldif', ldif), askingBoth)).toHaveLength(2)
    const folder = temporaryPath('directory')
    mkdirSync(folder)
    writeFileSync(join(folder, 'people.ldif'), ldif)
    expect(await usedFrom(folder, askingBoth)).toHaveLength(2)
  })

  it.each([
    ['a second one that is cut off', () => Buffer.concat([derOf(bob()), derOf(alice()).subarray(0, 400)])],
    [
      'a second one that is no certificate',
      () => Buffer.concat([derOf(bob()), Buffer.from('3003020101', 'hex')]),
    ],
    ['a value that is no base64', () => `${ldifOf(bob())}userCertificate;binary:: no*base64\n`],
  ])('%s is an error', async (_, content) => {
    await expect(usedFrom(temporaryFile('values.der', content()))).rejects.toMatchObject({
      code: 'INVALID_CERTIFICATE',
      field: 'smime.certificates',
      message: expect.stringMatching(/certificate 2 cannot be read|is not base64/),
    })
  })
})

describe('which of several certificates is taken', () => {
  const extensions = (usage: string) => [`keyUsage = ${usage}`, 'extendedKeyUsage = emailProtection']
  const valid = (since: string) => [`${since}000000Z`, '20400101000000Z'] as const
  const make = (name: string, wishes: Parameters<typeof testCertificate>[1]) =>
    testCertificate(name, { issuer: authority(), ...wishes })
  const inSubject = '/emailAddress=alice@example.com/CN=in the subject'
  const addresses = ['alice@example.com']

  it('the one with the address in its subjectAltName, before one that has it in the subject alone', async () => {
    const older = make('in the alternative name', { addresses, validity: valid('20240101') })
    const newer = make('in the subject', { subject: inSubject, validity: valid('20260101') })
    const store = temporaryFile('both.pem', newer.pem + older.pem)
    expect(await usedFrom(store)).toEqual(['CN=in the alternative name'])
    expect(await usedFrom(temporaryFile('one.pem', newer.pem))).toEqual([
      expect.stringContaining('in the subject'),
    ])
  })

  it('the one for encryption, where a person has another for signing', async () => {
    const signing = make('signing', {
      addresses,
      extensions: extensions('digitalSignature'),
      validity: valid('20260201'),
    })
    const encryption = make('encryption', {
      addresses,
      extensions: extensions('keyEncipherment'),
      validity: valid('20240101'),
    })
    expect(await usedFrom(temporaryFile('pair.pem', signing.pem + encryption.pem))).toEqual(['CN=encryption'])
  })

  it('the newest that is valid', async () => {
    const [old, recent] = ['20240101', '20260101'].map((since) =>
      make(`since ${since}`, { addresses, validity: valid(since) }),
    )
    const future = make('future', { addresses, validity: ['20390101000000Z', '20400101000000Z'] })
    const store = [recent, future, old].map((one) => one?.pem ?? '').join('')
    expect(await usedFrom(temporaryFile('three.pem', store))).toEqual(['CN=since 20260101'])
  })
})

describe('a function that finds certificates', () => {
  afterEach(() => void vi.useRealTimers())

  it.each<[string, () => ReturnType<CertificateLookup>]>([
    ['PEM', () => alice().pem],
    ['DER', () => derOf(alice())],
    ['bytes of PEM', async () => new Uint8Array(Buffer.from(alice().pem))],
    ['a list of both', () => [bob().pem, derOf(alice())]],
  ])('may give %s', async (_, found) => {
    expect(await usedFrom(() => found())).toEqual(['CN=alice@example.com'])
  })

  it('is asked for every recipient whose certificate the job does not bring', async () => {
    const asked: string[] = []
    const lookup: CertificateLookup = async (address, { signal }) => {
      asked.push(address)
      expect(signal).toBe(controller.signal)
      return bob().pem
    }
    const controller = new AbortController()
    const mail = { ...askingBoth, protection: { encryptionCertificates: alice().pem } }
    await encrypt({ certificates: lookup })(mail, { signal: controller.signal })
    expect(asked).toEqual(['bob@example.com'])
  })

  it.each([null, undefined, '', []])('that gives %j has found none: CERTIFICATE_MISSING', async (found) => {
    await expect(usedFrom(() => found)).rejects.toMatchObject({ code: 'CERTIFICATE_MISSING' })
  })

  it('does not make somebody else’s certificate the recipient’s', async () => {
    await expect(usedFrom(() => bob().pem)).rejects.toMatchObject({
      code: 'CERTIFICATE_MISSING',
      message: expect.stringContaining('alice@example.com'),
    })
  })

  it('is asked once in five minutes for what it found, and each time for what it did not', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    let found: string | null = null
    let calls = 0
    const stage = encrypt({
      certificates: () => {
        calls++
        return found
      },
    })
    await expect(stage(asking, {})).rejects.toMatchObject({ code: 'CERTIFICATE_MISSING' })
    found = alice().pem
    for (let mails = 0; mails < 3; mails++) await stage(asking, {})
    expect(calls).toBe(2)
    vi.setSystemTime(Date.now() + 5 * 60 * 1000 + 1)
    await stage(asking, {})
    expect(calls).toBe(3)
  })

  it('that throws is CERTIFICATE_LOOKUP_FAILED, and worth another try; the next mail asks again', async () => {
    let fails = true
    const stage = encrypt({
      certificates: () => {
        if (fails) throw new Error('the directory is down')
        return alice().pem
      },
    })
    await expect(stage(asking, {})).rejects.toMatchObject({
      code: 'CERTIFICATE_LOOKUP_FAILED',
      temporary: true,
      field: 'smime.certificates',
      stage: 'encrypt',
      message: expect.stringMatching(/"alice@example\.com": the directory is down; nothing was sent/),
    })
    fails = false
    expect((await stage(asking, {})).recipientsCertificates).toHaveLength(1)
  })

  it('may throw an error of ours, which is passed on', async () => {
    const own = new IncidentMailerError('FILE_UNREADABLE', 'no')
    await expect(usedFrom(() => Promise.reject(own))).rejects.toBe(own)
  })

  it.each([
    ['text', 'hello'],
    ['a path', './alice.pem'],
    ['bytes of something else', Buffer.from('30820101', 'hex')],
    ['half a certificate', '-----BEGIN CERTIFICATE-----\nMIIB'],
    ['a number', JSON.parse('5')],
  ])('that gives %s is INVALID_CERTIFICATE and says for whom', async (_, found) => {
    await expect(usedFrom(() => found)).rejects.toMatchObject({
      code: 'INVALID_CERTIFICATE',
      field: 'smime.certificates',
      message: expect.stringContaining('"alice@example.com"'),
    })
  })

  it('that never answers does not hold up a caller who gives up', async () => {
    const controller = new AbortController()
    const stage = encrypt({
      certificates: () => {
        controller.abort()
        return new Promise<null>(() => {})
      },
    })
    await expect(stage(asking, { signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED' })
  })
})

function ldifOf(...people: TestCertificate[]): string {
  const entries = people.map((who) => {
    const line = `userCertificate;binary:: ${derOf(who).toString('base64')}`
    return `dn: cn=${who.name},ou=people,dc=example,dc=com\nmail: ${who.name}\n${line.replace(/.{76}/g, '$&\n ')}\n`
  })
  return `version: 1\n\n${entries.join('\n')}`
}

function derOf({ pem }: TestCertificate): Buffer {
  return new X509Certificate(pem).raw
}
