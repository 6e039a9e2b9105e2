import { existsSync, readFileSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  alice,
  bob,
  encryptedFor,
  entity,
  header,
  messageOf,
  signedBy,
  trust,
} from '../smime/reading/messages.js'
import { type BuiltCli, buildCli, objectOn } from './built-cli.js'

let cli: BuiltCli

beforeAll(async () => {
  cli = await buildCli()
})
afterAll(() => cli.remove())

/** A folder with settings, and this message in it. */
async function folderWith(message: Buffer, smime: object = {}) {
  const identity = { certificate: bob().certificate, privateKey: bob().key }
  const config = { smime: { trust: trust(), identity, ...smime } }
  return await cli.folder({ 'incident-mailer.json': config, 'mail.eml': message })
}

const signed = () => messageOf(signedBy([alice()]))
const changed = () => Buffer.from(signed().toString('latin1').replace('quiet', 'Quiet'), 'latin1')

describe('verify', () => {
  it('prints what was signed by whom, without the content, and ends with 0', async () => {
    const cwd = await folderWith(signed())
    const result = await cli.run(['verify', 'mail.eml'], { cwd })
    expect(result).toMatchObject({ code: 0, stderr: '' })
    const report = objectOn(result)
    expect(report).toMatchObject({
      status: 'verified',
      reasons: [],
      from: [{ address: 'alice@example.com' }],
      signers: [{ addresses: ['alice@example.com'], today: { trust: 'trusted' } }],
    })
    expect(report).not.toHaveProperty('content')
  })

  it.each([
    ['changed', changed, 'broken'],
    [
      'from somebody else',
      () => messageOf(signedBy([alice()]), header.replace('alice@', 'ciso@')),
      'untrusted',
    ],
    ['unsigned', () => messageOf(entity), 'unsigned'],
    ['for others', () => messageOf(encryptedFor([alice()])), 'unreadable'],
  ])('ends with 77 for a message that is %s', async (_, message, status) => {
    const cwd = await folderWith(message())
    const result = await cli.run(['verify', 'mail.eml'], { cwd })
    expect(result).toMatchObject({ code: 77, stderr: '' })
    expect(objectOn(result).status).toBe(status)
  })

  it('keeps the certificate of a verified author with --learn, and of nobody else', async () => {
    const cwd = await folderWith(signed())
    const result = await cli.run(['verify', 'mail.eml', '--learn', 'known'], { cwd })
    expect(result.code).toBe(0)
    const { learned } = objectOn(result)
    expect(learned).toEqual([expect.stringMatching(/^known\/[0-9a-f]{64}\.pem$/)])
    expect(readFileSync(join(cwd, learned[0]), 'utf8')).toContain('BEGIN CERTIFICATE')
    const bad = await folderWith(changed())
    const other = await cli.run(['verify', 'mail.eml', '--learn', 'known'], { cwd: bad })
    expect(other.code).toBe(77)
    expect(objectOn(other).learned).toEqual([])
    expect(existsSync(join(bad, 'known'))).toBe(false)
  })

  it('writes the content of a verified message with --out, and of no other', async () => {
    const cwd = await folderWith(signed())
    const result = await cli.run(['verify', 'mail.eml', '--out', 'content.eml'], { cwd })
    expect(objectOn(result)).toMatchObject({ status: 'verified', out: 'content.eml' })
    expect(readFileSync(join(cwd, 'content.eml'), 'utf8')).toBe(entity)
    const bad = await folderWith(changed())
    const other = await cli.run(['verify', 'mail.eml', '--out', 'content.eml'], { cwd: bad })
    expect(other.code).toBe(77)
    expect(objectOn(other)).toMatchObject({ status: 'broken', out: null })
    expect(other.stderr).toBe(
      'incident-mailer: content.eml was not written, since the message is not verified\n',
    )
    expect(existsSync(join(bad, 'content.eml'))).toBe(false)
  })

  it.each([
    ['verify', changed, 77],
    [
      'decrypt',
      () => messageOf(encryptedFor([bob()], changed().toString('latin1').slice(header.length))),
      77,
    ],
    ['decrypt', () => messageOf(encryptedFor([alice()])), 65],
  ])('says that a file of an earlier time is no result of this one: %s', async (command, message, code) => {
    const cwd = await folderWith(message())
    await writeFile(join(cwd, 'content.eml'), 'of yesterday')
    const result = await cli.run([command, 'mail.eml', '--out', 'content.eml'], { cwd })
    expect(result.code).toBe(code)
    expect(result.stderr).toMatch(/content\.eml was not written, since .*; what is there is from before\n/)
    if (code === 77) expect(objectOn(result)).toMatchObject({ status: 'broken', out: null })
    expect(readFileSync(join(cwd, 'content.eml'), 'utf8')).toBe('of yesterday')
  })

  it('prints each certificate once, by its fingerprint', async () => {
    const cwd = await folderWith(signed())
    const result = await cli.run(['verify', 'mail.eml'], { cwd })
    const { signers, layers, certificates } = objectOn(result)
    const [{ certificate, forAnswers }] = signers
    expect(layers[0].signers).toEqual(signers)
    expect(forAnswers).toBe(certificate.fingerprint)
    expect(Object.keys(certificates)).toEqual([certificate.fingerprint])
    expect(certificates[forAnswers]).toMatch(/^-----BEGIN CERTIFICATE-----/)
    expect(result.stdout.match(/BEGIN CERTIFICATE/g)).toHaveLength(1)
  })

  it('takes a message of any size, from a file and from stdin', async () => {
    const cwd = await folderWith(Buffer.concat([Buffer.from(header), Buffer.alloc(101_000_000, '\r\n')]))
    const result = await cli.run(['verify', 'mail.eml'], { cwd })
    expect(objectOn(result)).toMatchObject({ status: 'unsigned' })
    const long = `${header}\r\n${'\r\n'.repeat(2_000_000)}`
    expect(objectOn(await cli.run(['verify'], { cwd, stdin: long }))).toMatchObject({ status: 'unsigned' })
  })

  it('takes the message from stdin', async () => {
    const cwd = await folderWith(Buffer.alloc(0))
    const result = await cli.run(['verify'], { cwd, stdin: signed().toString('latin1') })
    expect(objectOn(result).status).toBe('verified')
  })

  it('says it in words at a terminal, and nothing that the terminal would obey', async () => {
    const subject = header.replace('News', '\u001b[2J\u202eNews')
    const cwd = await folderWith(messageOf(signedBy([alice()]), subject))
    const { stdout, code } = await cli.runInTerminal(['verify', 'mail.eml'], { cwd })
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /VERIFIED[\s\S]*from +alice@example\.com[\s\S]*News \(not protected\)[\s\S]*trusted/,
    )
    expect(stdout).not.toMatch(/\p{Bidi_Control}|[^\P{Cc}\r\n]/u)
    const bad = await folderWith(changed())
    expect((await cli.runInTerminal(['verify', 'mail.eml'], { cwd: bad })).stdout).toContain('BROKEN')
  })

  it.each([
    ['a file that is not there', ['verify', 'nowhere.eml'], 66],
    ['two files', ['verify', 'mail.eml', 'other.eml'], 64],
  ])('ends otherwise for %s', async (_, args, code) => {
    expect(await cli.run(args, { cwd: await folderWith(signed()) })).toMatchObject({ code })
  })

  it('takes old algorithms only where a flag says so', async () => {
    const cwd = await folderWith(messageOf(signedBy([alice()], entity, '-md', 'sha1')))
    expect((await cli.run(['verify', 'mail.eml'], { cwd })).code).toBe(77)
    expect((await cli.run(['verify', 'mail.eml', '--allow-sha1'], { cwd })).code).toBe(0)
  })
})

describe('at a terminal', () => {
  it('shows the Subject as people read it, and not what a terminal would obey', async () => {
    const subject = `=?utf-8?B?${Buffer.from('Gr\u00fc\u00dfe \u001b[2J').toString('base64')}?=`
    const message = messageOf(signedBy([alice()]), header.replace('News', subject))
    const cwd = await folderWith(message)
    const { stdout } = await cli.runInTerminal(['verify', 'mail.eml'], { cwd })
    expect(stdout).toContain('Gr\u00fc\u00dfe \uFFFD[2J')
    expect(stdout).not.toContain('\u001b')
  })
})

describe('decrypt', () => {
  const secret = () => messageOf(encryptedFor([bob()], signedBy([alice()])))

  it('prints the content of a verified message as content, in base64', async () => {
    const result = await cli.run(['decrypt', 'mail.eml'], { cwd: await folderWith(secret()) })
    expect(result).toMatchObject({ code: 0, stderr: '' })
    const { content, ...report } = objectOn(result)
    expect(Buffer.from(content, 'base64').toString()).toBe(entity)
    expect(report).not.toHaveProperty('unverifiedContent')
  })

  it('prints any other under another name', async () => {
    const result = await cli.run(['decrypt', 'mail.eml'], {
      cwd: await folderWith(messageOf(encryptedFor([bob()]))),
    })
    const { unverifiedContent, ...report } = objectOn(result)
    expect(Buffer.from(unverifiedContent, 'base64').toString()).toBe(entity)
    expect(report).toMatchObject({ status: 'unsigned' })
    expect(report).not.toHaveProperty('content')
  })

  it('writes it to a file that nobody else may read', async () => {
    const cwd = await folderWith(secret())
    const result = await cli.run(['decrypt', 'mail.eml', '--out', 'plain.eml'], { cwd })
    expect(objectOn(result)).toMatchObject({ status: 'verified', out: 'plain.eml' })
    expect(readFileSync(join(cwd, 'plain.eml'), 'utf8')).toBe(entity)
    expect(statSync(join(cwd, 'plain.eml')).mode & 0o077).toBe(0)
  })

  const changed = () =>
    messageOf(encryptedFor([bob()], signedBy([alice()]).toString('latin1').replace('quiet', 'Quiet')))

  it.each([[[]], [['--out', 'plain.eml']]])(
    'withholds what is not what was signed, and ends with 77: decrypt mail.eml %j',
    async (flags) => {
      const cwd = await folderWith(changed())
      const result = await cli.run(['decrypt', 'mail.eml', ...flags], { cwd })
      expect(result.code).toBe(77)
      expect(objectOn(result)).toMatchObject({ status: 'broken', withheld: true })
      expect(result.stderr).toContain('--release-broken')
      expect(objectOn(result)).not.toHaveProperty('unverifiedContent')
      expect(result.stdout).not.toContain('Quiet')
      expect(() => statSync(join(cwd, 'plain.eml'))).toThrow()
    },
  )

  it('gives that with --release-broken, and ends with 77 all the same', async () => {
    const cwd = await folderWith(changed())
    const printed = await cli.run(['decrypt', 'mail.eml', '--release-broken'], { cwd })
    expect(printed.code).toBe(77)
    expect(Buffer.from(objectOn(printed).unverifiedContent, 'base64').toString()).toContain('Quiet')
    const written = await cli.run(['decrypt', 'mail.eml', '--release-broken', '--out', 'plain.eml'], { cwd })
    expect(written.code).toBe(77)
    expect(readFileSync(join(cwd, 'plain.eml'), 'utf8')).toContain('Quiet')
  })

  it.each([
    ['nothing encrypted', signed, 'NOT_ENCRYPTED', 65],
    ['for others', () => messageOf(encryptedFor([alice()])), 'DECRYPTION_FAILED', 65],
  ])('fails for %s, and writes nothing', async (_, message, code, exit) => {
    const cwd = await folderWith(message())
    const result = await cli.run(['decrypt', 'mail.eml', '--out', 'plain.eml'], { cwd })
    expect(result.code).toBe(exit)
    expect(objectOn(result)).toMatchObject({ error: { code } })
    expect(() => statSync(join(cwd, 'plain.eml'))).toThrow()
  })
})
