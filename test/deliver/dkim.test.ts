import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deliver } from '../../src/deliver/deliver.js'
import type { DkimOptions } from '../../src/deliver/dkim.js'
import { createNotifier } from '../../src/notifier/notifier.js'
import { dkimVerify } from '../readers/dkim.js'
import { describeWith } from '../setup/with-peer.js'
import { delivery, errorOf, mail } from './mails.js'

const pem = (type: 'rsa' | 'ed25519', modulusLength = 2048) => {
  const { privateKey } =
    type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength }) : generateKeyPairSync('ed25519')
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
const privateKey = pem('rsa')
const dkim: DkimOptions = { domainName: 'example.com', keySelector: 'soc', privateKey }
const name = 'soc._domainkey.example.com'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deliver-dkim-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

/** The messages that were delivered with these options. */
async function delivered(changes: Parameters<typeof mail>[0] = {}, options = dkim): Promise<Buffer[]> {
  const outbox = join(folder, 'outbox')
  await deliver({ transport: { folder: outbox }, dkim: options })(mail(changes), {})
  const names = (await readdir(outbox)).sort()
  return await Promise.all(names.map((file) => readFile(join(outbox, file))))
}

describeWith('dkim')('a mail that is signed for its domain', () => {
  it('is good by the key in DNS, and nothing but one field is new', async () => {
    const [message = Buffer.alloc(0)] = await delivered()
    expect(message.toString()).toMatch(
      /^DKIM-Signature: v=1; a=rsa-sha256; c=relaxed\/relaxed; d=example\.com;/,
    )
    expect(await dkimVerify(message, name, privateKey)).toBe(true)
    const plain = join(folder, 'plain')
    await deliver({ transport: { folder: plain } })(mail(), {})
    const unsigned = await readFile(join(plain, '1@example.com.eml'), 'latin1')
    expect(message.toString('latin1').endsWith(unsigned)).toBe(true)
  })

  it('is not, once a word or its subject was changed, or by another key', async () => {
    const [message = Buffer.alloc(0)] = await delivered()
    for (const [from, to] of [
      ['All quiet', 'Not quiet'],
      ['Subject: Phishing', 'Subject: Fishing'],
    ] as const) {
      const changed = Buffer.from(message.toString('latin1').replace(from, to), 'latin1')
      expect(changed.equals(message)).toBe(false)
      expect(await dkimVerify(changed, name, privateKey)).toBe(false)
    }
    expect(await dkimVerify(message, name, pem('rsa'))).toBe(false)
  })

  it('is signed copy by copy, with a key from a file', async () => {
    const file = join(folder, 'dkim.pem')
    await writeFile(file, privateKey)
    const deliveries = [delivery('for a\r\n', 'a@example.com'), delivery('for b\r\n', 'bcc:b@example.com')]
    const messages = await delivered({ deliveries }, { ...dkim, privateKey: file })
    expect(messages).toHaveLength(2)
    for (const message of messages) expect(await dkimVerify(message, name, privateKey)).toBe(true)
  })

  it('also goes through a notifier, whole messages of others too', async () => {
    const notifier = await createNotifier({ from: 'soc@example.com', transport: { folder }, dkim })
    await notifier.send({ to: 'ciso@example.com', subject: 'Hi', body: 'Hello' })
    await notifier.raw('From: soc@example.com\r\nTo: ciso@example.com\r\nSubject: Raw\r\n\r\nHello\r\n')
    await notifier.close()
    const messages = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file))))
    expect(messages).toHaveLength(2)
    for (const message of messages) expect(await dkimVerify(message, name, privateKey)).toBe(true)
  })
})

describe('DKIM settings that cannot work', () => {
  it.each([
    [{ domainName: 'example' }, 'dkim.domainName'],
    [{ domainName: 'example.com; l=0' }, 'dkim.domainName'],
    [{ domainName: 'büro.example' }, 'dkim.domainName'],
    [{ keySelector: '' }, 'dkim.keySelector'],
    [{ keySelector: 'a;b' }, 'dkim.keySelector'],
    [{ privateKey: '' }, 'dkim.privateKey'],
    [{ selector: 'soc' }, 'dkim.selector'],
  ])('%j are refused at once', (changes, field) => {
    const options = { ...dkim, ...changes } as DkimOptions
    expect(() => deliver({ transport: { folder }, dkim: options })).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG', field }),
    )
  })

  it.each([
    ['an Ed25519 key', () => pem('ed25519'), 'INVALID_CONFIG', /ed25519/],
    ['an RSA key of 512 bits', () => pem('rsa', 512), 'INVALID_CONFIG', /512 bits/],
    [
      'no key',
      () => '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----',
      'INVALID_CONFIG',
      /no private key/,
    ],
    ['no file', () => '/nowhere/dkim.pem', 'FILE_NOT_FOUND', /nowhere/],
  ])('%s ends the mail before it is handed over', async (_, key, code, message) => {
    const outbox = join(folder, 'outbox')
    const send = deliver({ transport: { folder: outbox }, dkim: { ...dkim, privateKey: key() } })
    const error = await errorOf(send(mail(), {}))
    expect(error).toMatchObject({ code, field: 'dkim.privateKey' })
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('MIIB')
    await expect(readdir(outbox)).rejects.toThrow('ENOENT')
  })
})
