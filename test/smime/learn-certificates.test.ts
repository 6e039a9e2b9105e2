import { X509Certificate } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { childOf, oid, readDer, sequence, tags, writeDer } from '../../src/smime/encoding/der.js'
import { oids } from '../../src/smime/encoding/oids.js'
import { decrypt, encrypt, learnCertificates, type VerifiedMessage, verify } from '../../src/smime/index.js'
import {
  person,
  type TestCertificate,
  temporaryFile,
  temporaryPath,
  testCertificate,
} from '../certificates/certificates.js'
import { exampleMail, wire } from './example-mail.js'
import { alice, bob, header, identityOf, messageOf, signedBy, trust } from './reading/messages.js'
import { putTogether, resigned, signatureIn, takeApart, typeOf, withSignature } from './reading/surgery.js'

/** Alice's card: one certificate to sign with, another to be written to. */
const signing = () =>
  person('alice signs', {
    addresses: ['alice@example.com'],
    extensions: ['keyUsage = digitalSignature', 'extendedKeyUsage = emailProtection'],
  })
const reading = () =>
  person('alice reads', {
    addresses: ['alice@example.com'],
    extensions: ['keyUsage = keyEncipherment', 'extendedKeyUsage = emailProtection'],
  })

async function verified(message: Buffer): Promise<VerifiedMessage> {
  const result = await verify(message, { trust: trust() })
  if (result.status !== 'verified') throw new Error(JSON.stringify(result.reasons))
  return result
}
const fromAlice = () => messageOf(signedBy([alice()]))

/** What a folder learned: the subjects. */
async function learnedFrom(message: Buffer): Promise<string[]> {
  const files = await learnCertificates(await verified(message), temporaryPath('learned'))
  return files.map((file) => new X509Certificate(readFileSync(file)).subject)
}

/** A message of Alice's with other attributes, which she signed, and more certificates, which anybody may add. */
function signedWith(
  signer: TestCertificate,
  attributes: readonly Buffer[],
  certificates: readonly Buffer[] = [],
): Buffer {
  const message = messageOf(signedBy([signer]))
  const pieces = takeApart(signatureIn(message))
  const types = attributes.map((attribute) => typeOf(attribute).toString('hex'))
  return withSignature(
    message,
    putTogether({
      ...pieces,
      certificates: writeDer(tags.context0, derOf(signer), ...certificates),
      signers: pieces.signers.map((one) => {
        const kept = (one.attributes ?? []).filter((each) => !types.includes(typeOf(each).toString('hex')))
        return resigned(one, [...kept, ...attributes].sort(Buffer.compare), signer)
      }),
    }),
  )
}

const derOf = ({ pem }: TestCertificate) => new X509Certificate(pem).raw
const attribute = (type: string, value: Buffer) => sequence(oid(type), writeDer(tags.set, value))
/** Answers should be encrypted to this one. */
function preferring(certificate: TestCertificate): Buffer {
  const fields = childOf(readDer(derOf(certificate)), 0)
  const [serialNumber, issuer] = [childOf(fields, 1).raw, childOf(fields, 3).raw]
  return attribute(oids.encryptionKeyPreference, writeDer(tags.context0, issuer, serialNumber))
}
const capable = (...ciphers: string[]) =>
  attribute(oids.smimeCapabilities, sequence(...ciphers.map((cipher) => sequence(oid(cipher)))))

describe('the certificate of a verified message’s author', () => {
  it('is kept once, and found when they are written to', async () => {
    const folder = temporaryPath('learned')
    expect(await learnCertificates(await verified(fromAlice()), folder)).toHaveLength(1)
    expect(await learnCertificates(await verified(fromAlice()), folder)).toEqual([])
    const mail = await encrypt({ certificates: folder })(exampleMail({ encrypt: true }), {})
    expect(mail.recipientsCertificates).toMatchObject([{ recipient: 'alice@example.com' }])
  })

  it('is a file for its owner alone, named by its fingerprint, with nothing half written beside it', async () => {
    const folder = temporaryPath('learned')
    const [file = ''] = await learnCertificates(await verified(fromAlice()), folder)
    const fingerprint = new X509Certificate(alice().pem).fingerprint256.replaceAll(':', '').toLowerCase()
    expect(readdirSync(folder)).toEqual([`${fingerprint}.pem`])
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('takes no other file’s place', async () => {
    const folder = temporaryPath('learned')
    const [file = ''] = await learnCertificates(await verified(fromAlice()), folder)
    writeFileSync(file, 'somebody’s note')
    expect(await learnCertificates(await verified(fromAlice()), folder)).toEqual([])
    expect(readFileSync(file, 'utf8')).toBe('somebody’s note')
    expect(readdirSync(folder)).toHaveLength(1)
  })

  it('is not learned from any other message, whatever plain JavaScript hands over', async () => {
    const folder = temporaryPath('nothing')
    const stranger = testCertificate('stranger', { addresses: ['alice@example.com'] })
    const changed = Buffer.from(fromAlice().toString('latin1').replace('quiet', 'Quiet'), 'latin1')
    const others = {
      untrusted: messageOf(signedBy([stranger])),
      broken: changed,
      unsigned: messageOf('\r\nHi'),
    }
    for (const [status, message] of Object.entries(others)) {
      const result = await verify(message, { trust: trust() })
      expect(result.status).toBe(status)
      // @ts-expect-error: the types refuse it, too
      await expect(learnCertificates(result, folder)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    }
    expect(() => readdirSync(folder)).toThrow()
  })

  it('is not learned of somebody who only signed too', async () => {
    expect(await learnedFrom(messageOf(signedBy([alice(), bob()])))).toEqual(['CN=alice@example.com'])
    expect(await learnedFrom(messageOf(signedBy([bob()]), header.replace('alice@', 'bob@')))).toEqual([
      'CN=bob@example.com',
    ])
  })

  it('is an error where it cannot be kept', async () => {
    const file = temporaryFile('file', '')
    await expect(learnCertificates(await verified(fromAlice()), file)).rejects.toMatchObject({
      code: 'FILE_UNWRITABLE',
    })
  })
})

describe('the certificate that answers should be encrypted to', () => {
  it('is kept instead of the one for signing', async () => {
    const message = signedWith(signing(), [preferring(reading())], [derOf(reading())])
    expect(await learnedFrom(message)).toEqual(['CN=alice reads'])
  })

  it('is the signer’s own where they ask for none, unless it is for signing alone', async () => {
    expect(await learnedFrom(fromAlice())).toEqual(['CN=alice@example.com'])
    expect(await learnedFrom(messageOf(signedBy([signing()])))).toEqual([])
  })

  it('is not one that somebody put in on its way, with the same issuer and number and a key of theirs', async () => {
    const [hers, mallorys] = [reading(), testCertificate('mallory')].map((one) =>
      new X509Certificate(one.pem).publicKey.export({ type: 'spki', format: 'der' }).toString('latin1'),
    )
    const forged = Buffer.from(
      derOf(reading())
        .toString('latin1')
        .replace(String(hers), () => String(mallorys)),
      'latin1',
    )
    expect(forged.equals(derOf(reading()))).toBe(false)
    expect(await learnedFrom(signedWith(signing(), [preferring(reading())], [forged]))).toEqual([])
    const both = signedWith(signing(), [preferring(reading())], [forged, derOf(reading())])
    expect(await learnedFrom(both)).toEqual(['CN=alice reads'])
  })

  it('is not somebody else’s', async () => {
    const message = signedWith(signing(), [preferring(bob())], [derOf(bob())])
    expect(await learnedFrom(message)).toEqual([])
  })

  it('malformed, it is as if there were none', async () => {
    const message = signedWith(alice(), [attribute(oids.encryptionKeyPreference, writeDer(tags.context0))])
    expect(await learnedFrom(message)).toEqual(['CN=alice@example.com'])
  })
})

describe('what the author’s mail program decrypts', () => {
  it.each([
    ['the best that it names', [oids.aes128Cbc, oids.aes256Gcm], 'AES-256-GCM'],
    ['no better than it names', [oids.aes128Cbc], 'AES-128-CBC'],
    [
      'never less than AES-128-CBC',
      ['1.2.840.113549.3.7', '1.2.840.113549.3.2', '1.3.14.3.2.7'],
      'AES-128-CBC',
    ],
    ['as ever where it names nothing', [], 'AES-256-CBC'],
  ])('is kept, and answers are encrypted with it: %s', async (_, ciphers, algorithm) => {
    const folder = temporaryPath('learned')
    await learnCertificates(await verified(signedWith(alice(), [capable(...ciphers)])), folder)
    expect(await cipherFor(folder)).toBe(algorithm)
  })

  it('counts for more than the same certificate without it', async () => {
    const folder = temporaryPath('both')
    mkdirSync(folder)
    writeFileSync(join(folder, '0.pem'), alice().pem)
    writeFileSync(join(folder, 'z.pem'), alice().pem)
    expect(await cipherFor(folder)).toBe('AES-256-CBC')
    await learnCertificates(await verified(signedWith(alice(), [capable(oids.aes256Gcm)])), folder)
    expect(await cipherFor(folder)).toBe('AES-256-GCM')
  })

  async function cipherFor(certificates: string): Promise<string | null | undefined> {
    const mail = await encrypt({ certificates })(exampleMail({ encrypt: true }), {})
    const { layers } = await decrypt(await wire(mail), { identity: identityOf(alice()) })
    return layers.flatMap((layer) => (layer.kind === 'encrypted' ? [layer.algorithm] : []))[0]
  }
})
