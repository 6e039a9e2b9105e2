import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { verify, verifyFile } from '../../src/smime/index.js'
import {
  alice,
  bob,
  encryptedFor,
  entity,
  identityOf,
  messageOf,
  signedBy,
  trust,
} from './reading/messages.js'

/** More than is kept in memory, several times. */
const large = `${entity}${'All sessions of the accounts concerned were revoked at once.\r\n'.repeat(50_000)}`
const basis = { trust: trust(), identity: identityOf(bob()), moment: new Date(Date.now() + 1000) }

/** A folder with a message in it, and paths there. */
function folderWith(message: Buffer) {
  const folder = mkdtempSync(join(tmpdir(), 'verify-file-'))
  const [file, out] = [join(folder, 'mail.eml'), join(folder, 'content.eml')]
  writeFileSync(file, message)
  return { folder, file, out, names: () => readdirSync(folder).sort() }
}

it.each<[string, () => Buffer]>([
  ['detached', () => signedBy([alice()], large)],
  ['detached, from a stream', () => signedBy([alice()], large, '-stream')],
  ['opaque', () => signedBy([alice()], large, '-nodetach')],
  ['opaque, BER from a stream', () => signedBy([alice()], large, '-nodetach', '-stream', '-indef')],
  ['opaque, without signed attributes', () => signedBy([alice()], large, '-nodetach', '-noattr')],
  ['signed, then encrypted', () => encryptedFor([bob()], signedBy([alice()], large, '-stream'), '-stream')],
  [
    'signed, then encrypted with GCM',
    () => encryptedFor([bob()], signedBy([alice()], large), '-aes-256-gcm', '-stream'),
  ],
  ['small', () => signedBy([alice()])],
])('a message gets the same report as in memory, and its content a file of its own: %s', async (_, make) => {
  const message = messageOf(make())
  const { file, out, names } = folderWith(message)
  const { content, ...report } = { content: null, ...(await verify(message, basis)) }
  const result = await verifyFile(file, { ...basis, out })
  expect(result).toEqual({ ...report, contentFile: out })
  expect(result.status).toBe('verified')
  expect(content && readFileSync(out).equals(content)).toBe(true)
  expect(statSync(out).mode & 0o777).toBe(0o600)
  expect(names()).toEqual(['content.eml', 'mail.eml'])
})

it('a message is only judged where nobody asks for its content', async () => {
  const { file, names } = folderWith(messageOf(signedBy([alice()], large)))
  expect(await verifyFile(file, basis)).toMatchObject({ status: 'verified', contentFile: null })
  expect(names()).toEqual(['mail.eml'])
})

it.each<[string, () => Buffer, string]>([
  [
    'changed',
    () => Buffer.from(signedBy([alice()], large).toString('latin1').replace('quiet', 'Quiet')),
    'broken',
  ],
  [
    'changed in its last line',
    () =>
      Buffer.from(
        signedBy([alice()], `${large}quiet\r\n`)
          .toString('latin1')
          .replace('quiet\r\n\r\n--', 'Quiet\r\n\r\n--'),
        'latin1',
      ),
    'broken',
  ],
  ['cut off', () => signedBy([alice()], large).subarray(0, 2_000_000), 'broken'],
  ['unsigned', () => Buffer.from(large), 'unsigned'],
  ['for others', () => encryptedFor([alice()], signedBy([alice()], large)), 'unreadable'],
])('what is not verified leaves the file that is there alone, and no other: %s', async (_, make, status) => {
  const { file, out, names } = folderWith(messageOf(make()))
  writeFileSync(out, 'as it was')
  const result = await verifyFile(file, { ...basis, out })
  expect(result.status).toBe(status)
  expect(result).not.toHaveProperty('contentFile')
  expect(readFileSync(out, 'utf8')).toBe('as it was')
  expect(names()).toEqual(['content.eml', 'mail.eml'])
})

it('the file is replaced, also the message itself; what a link leads to is not', async () => {
  const { folder, file, out } = folderWith(messageOf(signedBy([alice()], large)))
  const elsewhere = join(folder, 'elsewhere')
  writeFileSync(elsewhere, 'as it was')
  symlinkSync(elsewhere, out)
  await verifyFile(file, { ...basis, out })
  expect(readFileSync(elsewhere, 'utf8')).toBe('as it was')
  expect(readFileSync(out, 'utf8')).toBe(large)
  await verifyFile(file, { ...basis, out: file })
  expect(readFileSync(file, 'utf8')).toBe(large)
})

it('a message may come piece by piece, and has no name in the folder meanwhile', async () => {
  const message = messageOf(signedBy([alice()], large))
  const { out, names } = folderWith(message)
  async function* pieces() {
    for (let at = 0; at < message.length; at += 10_007) {
      expect(names()).toEqual(['mail.eml'])
      yield new Uint8Array(message.subarray(at, at + 10_007))
    }
  }
  expect(await verifyFile(pieces(), { ...basis, out })).toMatchObject({ status: 'verified' })
  expect(readFileSync(out, 'utf8')).toBe(large)
})

it.each([
  ['a file that is not there', '/nowhere/mail.eml', 'FILE_NOT_FOUND'],
  ['a folder', tmpdir(), 'FILE_UNREADABLE'],
  ['a device', '/dev/zero', 'FILE_UNREADABLE'],
])('is refused: %s', async (_, path, code) => {
  await expect(verifyFile(path, basis)).rejects.toMatchObject({ code })
})

it('a folder that is not there is told, whatever the size', async () => {
  for (const content of [entity, large]) {
    const { file } = folderWith(messageOf(signedBy([alice()], content)))
    const failed = verifyFile(file, { ...basis, out: '/nowhere/content.eml' })
    await expect(failed).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' })
  }
})

it('the signal ends it, and nothing is left', async () => {
  const message = messageOf(signedBy([alice()], large))
  const { out, names } = folderWith(message)
  const stopper = new AbortController()
  async function* pieces() {
    yield message
    stopper.abort()
  }
  const stopped = verifyFile(pieces(), { ...basis, out }, { signal: stopper.signal })
  await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' })
  expect(names()).toEqual(['mail.eml'])
  expect(existsSync(out)).toBe(false)
})
