import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decrypt, decryptFile } from '../../src/smime/index.js'
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
} from './reading/messages.js'
import { cmsEntity, cmsIn } from './reading/surgery.js'

/** More than is kept in memory, several times. */
const large = `${entity}${'All sessions of the accounts concerned were revoked at once.\r\n'.repeat(50_000)}`
const basis = { trust: trust(), identity: identityOf(bob()), moment: new Date(Date.now() + 1000) }
const streamed = ['-stream', '-indef']

function folderWith(message: Buffer) {
  const folder = mkdtempSync(join(tmpdir(), 'decrypt-file-'))
  const [file, out] = [join(folder, 'mail.eml'), join(folder, 'content.eml')]
  writeFileSync(file, message)
  return { file, out, names: () => readdirSync(folder).sort() }
}

describe('a message that is not what was signed', () => {
  it('gets no file, and leaves the one that is there', async () => {
    const broken = signedBy([alice()], large).toString('latin1').replace('quiet', 'Quiet')
    const { file, out, names } = folderWith(messageOf(encryptedFor([bob()], broken)))
    writeFileSync(out, 'yesterday')
    expect(await decryptFile(file, { ...basis, out })).toMatchObject({
      status: 'broken',
      unverifiedContentFile: null,
    })
    expect(readFileSync(out, 'utf8')).toBe('yesterday')
    expect(names()).toEqual(['content.eml', 'mail.eml'])
  })
})

describe('an encrypted message', () => {
  it.each<[string, () => Buffer]>([
    ['CBC', () => encryptedFor([bob()], large)],
    ['CBC, BER from a stream', () => encryptedFor([bob()], large, ...streamed)],
    ['GCM', () => encryptedFor([bob()], large, '-aes-256-gcm')],
    ['GCM, BER from a stream', () => encryptedFor([bob()], large, '-aes-256-gcm', ...streamed)],
    [
      'signed, then encrypted',
      () => encryptedFor([bob()], signedBy([alice()], large, '-nodetach', ...streamed), ...streamed),
    ],
    [
      'with a broken signature',
      () => encryptedFor([bob()], signedBy([alice()], large).toString('latin1').replace('quiet', 'Quiet')),
    ],
    ['small', () => encryptedFor([bob()])],
  ])(
    'gets the same report as in memory, and its content a file under the same two names: %s',
    async (_, make) => {
      const message = messageOf(make())
      const { file, out, names } = folderWith(message)
      const { content, unverifiedContent, ...report } = {
        content: null,
        unverifiedContent: null,
        ...(await decrypt(message, basis)),
      }
      const name = report.status === 'verified' ? 'contentFile' : 'unverifiedContentFile'
      expect(await decryptFile(file, { ...basis, out, releaseBroken: true })).toEqual({
        ...report,
        [name]: out,
      })
      expect(readFileSync(out).equals(content ?? unverifiedContent ?? Buffer.alloc(0))).toBe(true)
      expect(statSync(out).mode & 0o777).toBe(0o600)
      expect(names()).toEqual(['content.eml', 'mail.eml'])
    },
  )

  it('in CBC is marked as not authenticated', async () => {
    const { file, out } = folderWith(messageOf(encryptedFor([bob()], large)))
    const { reasons, layers } = await decryptFile(file, { ...basis, out })
    expect(reasons.map(({ code }) => code)).toContain('UNAUTHENTICATED_ENCRYPTION')
    expect(layers).toMatchObject([{ integrity: 'none' }])
  })
})

describe('nothing is left of what does not decrypt', () => {
  const gcm = (...options: string[]) => cmsIn(encryptedFor([bob()], large, '-aes-256-gcm', ...options))
  const flipped = (bytes: Buffer, back: number) => {
    const changed = Buffer.from(bytes)
    changed.writeUInt8(changed.readUInt8(changed.length - back) ^ 1, changed.length - back)
    return messageOf(cmsEntity(changed, 'authEnveloped-data'))
  }
  const noise = 'it does not decrypt: it is damaged, or was encrypted for another key'

  it.each<[string, () => Buffer, string]>([
    ['a bit of the tag', () => flipped(gcm(), 1), noise],
    ['the last bit of the content', () => flipped(gcm(), 19), noise],
    ['a bit of the tag, in BER', () => flipped(gcm(...streamed), 7), noise],
    ['a bit in the middle', () => flipped(gcm(), 1_500_000), noise],
    [
      'cut off',
      () => messageOf(encryptedFor([bob()], large, '-aes-256-gcm')).subarray(0, 3_000_000),
      'cut off',
    ],
    ['for others', () => messageOf(encryptedFor([alice()], large)), 'is not among them'],
    ['not encrypted', () => messageOf(signedBy([alice()], large)), 'not encrypted'],
    [
      'nested without end',
      () =>
        Buffer.concat([
          Buffer.from(`${header}Content-Type: application/pkcs7-mime\r\n\r\n`),
          Buffer.alloc(3_000_000, '3080', 'hex'),
        ]),
      'too deep',
    ],
    [
      'longer than any file',
      () =>
        Buffer.concat([
          Buffer.from(`${header}Content-Type: application/pkcs7-mime\r\n\r\n`),
          Buffer.from('3086ffffffffffff', 'hex'),
          Buffer.alloc(2_000_000),
        ]),
      'cut off',
    ],
  ])('%s', async (_, make, message) => {
    const { file, out, names } = folderWith(make())
    const failed = decryptFile(file, { ...basis, out })
    await expect(failed).rejects.toMatchObject({ message: expect.stringContaining(message) })
    expect(names()).toEqual(['mail.eml'])
    writeFileSync(out, 'as it was')
    await expect(decryptFile(file, { ...basis, out })).rejects.toThrow()
    expect(readFileSync(out, 'utf8')).toBe('as it was')
    expect(names()).toEqual(['content.eml', 'mail.eml'])
  })

  it('when the signal ends it, while it is read or decrypted', async () => {
    const message = messageOf(encryptedFor([bob()], signedBy([alice()], large), '-aes-256-gcm'))
    const { out, names } = folderWith(message)
    const stopper = new AbortController()
    async function* pieces() {
      yield message
      stopper.abort()
    }
    const stopped = decryptFile(pieces(), { ...basis, out }, { signal: stopper.signal })
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' })
    expect(names()).toEqual(['mail.eml'])
  })
})

it('a file to write has to be named', async () => {
  const { file } = folderWith(messageOf(encryptedFor([bob()])))
  // @ts-expect-error: out is missing
  await expect(decryptFile(file, basis)).rejects.toMatchObject({ code: 'INVALID_CONFIG', field: 'out' })
})
