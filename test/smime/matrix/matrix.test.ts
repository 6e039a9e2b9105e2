import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MimeEntity, MimeMail } from '../../../src/mail.js'
import { entityOf, joined, messageStream } from '../../../src/mime.js'
import { encrypt, sign } from '../../../src/smime/index.js'
import {
  authority,
  type KeyKind,
  openssl,
  person,
  type TestCertificate,
  temporaryFile,
} from '../../certificates/certificates.js'
import { gpgsmReader } from '../../readers/gpgsm.js'
import { nssReader } from '../../readers/nss.js'
import { opensslReader } from '../../readers/openssl.js'
import type { Reader } from '../../readers/reader.js'
import { describeWith } from '../../setup/with-peer.js'
import { exampleContent, exampleEntity, exampleMail, to, wire } from '../example-mail.js'
import {
  type BodyRow,
  bodyRows,
  type EncryptionRow,
  encryptionRows,
  type ReaderName,
  type SignatureRow,
  signatureRows,
} from './rows.js'
import { matrixTable } from './table.js'

const readers: readonly { peer: ReaderName; open: typeof opensslReader }[] = [
  { peer: 'openssl', open: opensslReader },
  { peer: 'nss', open: nssReader },
  { peer: 'gpgsm', open: gpgsmReader },
]

const signer = (key: KeyKind) => person(`soc ${key}`, { addresses: ['soc@example.com'], key })
const owner = (key: KeyKind) =>
  person(`alice ${key}`, {
    addresses: ['alice@example.com'],
    key,
    extensions: [
      'basicConstraints = critical, CA:FALSE',
      `keyUsage = critical, digitalSignature, ${key.startsWith('ec') ? 'keyAgreement' : 'keyEncipherment'}`,
      'extendedKeyUsage = emailProtection',
    ],
  })
const identityOf = ({ pem, keyPem }: TestCertificate) => ({ certificate: pem, privateKey: keyPem })

for (const { peer, open } of readers) {
  describeWith(peer)(`signatures that ${peer} reads`, () => {
    let reader: Reader
    beforeAll(async () => {
      reader = await open({ authorities: [authority()] })
    })
    afterAll(() => reader?.close())

    it.each(signatureRows.filter(({ unreadable }) => !unreadable[peer]))('$title', async (row) => {
      const reading = await reader.verify(await signed(row))
      expect(reading, reading.says).toMatchObject({ ok: true })
      expect(reading.content.toString()).toBe(exampleContent)
    })

    it.each(signatureRows.filter(({ unreadable }) => unreadable[peer]))(
      'not $title, of whoever made it',
      async (row) => {
        for (const message of [await signed(row), signedByOpenssl(row)]) {
          const reading = await reader.verify(message)
          expect(reading.ok).toBe(false)
          expect(reading.says).toMatch(row.unreadable[peer]?.says ?? /^$/)
        }
      },
    )
  })

  describeWith(peer)(`encrypted mails that ${peer} reads`, () => {
    describe.each([...new Set(encryptionRows.map(({ key }) => key))])('to a key of kind %s', (key) => {
      const rows = encryptionRows.filter((row) => row.key === key)
      let opened: Promise<Reader>
      beforeAll(() => {
        opened = open({ authorities: [authority()], owner: owner(key) })
        opened.catch(() => {})
      })
      afterAll(async () => (await opened.catch(() => null))?.close())

      it.each(rows.filter(({ unreadable }) => !unreadable[peer]))('$title', async (row) => {
        const reading = await (await opened).decrypt(await encrypted(row))
        expect(reading, reading.says).toMatchObject({ ok: true })
        expect(reading.content.equals(await contentOf(row))).toBe(true)
      })

      it.each(rows.filter(({ unreadable }) => unreadable[peer]))(
        'not $title, of whoever made it',
        async (row) => {
          for (const message of [await encrypted(row), encryptedByOpenssl(row)]) {
            const reading = await opened.then(
              (reader) => reader.decrypt(message),
              (error) => ({ ok: false, says: String(error) }),
            )
            expect(reading.ok).toBe(false)
            expect(reading.says).toMatch(row.unreadable[peer]?.says ?? /^$/)
          }
        },
      )
    })
  })
}

for (const { peer, open } of readers) {
  describeWith(peer)(`signed and encrypted, ${peer} gives back`, () => {
    let reader: Reader
    beforeAll(async () => {
      reader = await open({ authorities: [authority()], owner: owner('rsa:2048') })
    })
    afterAll(() => reader?.close())

    it.each(bodyRows)(
      '$title',
      async (row) => {
        const { entity, mail } = mailWith(row)
        const stages = [sign({ identity: identityOf(signer('rsa:2048')) }), encrypt({})]
        let sent = mail
        for (const stage of stages) sent = await stage(sent, {})
        const outer = await reader.decrypt(await wire(sent))
        const inner = await reader.verify(outer.content)
        expect(inner, inner.says).toMatchObject({ ok: true })
        expect(inner.content.equals(await joined(messageStream({ headers: [] }, entity)))).toBe(true)
      },
      120_000,
    )
  })
}

function mailWith({ encoding, body }: BodyRow): { entity: MimeEntity; mail: MimeMail } {
  const headers = [
    { name: 'Content-Type', value: 'text/plain; charset=utf-8' },
    { name: 'Content-Transfer-Encoding', value: encoding },
  ]
  const entity = entityOf(headers, body())
  const deliveries = [{ recipients: [to('alice@example.com')], entity }]
  const protection = { encryptionCertificates: owner('rsa:2048').pem }
  return { entity, mail: exampleMail(protection, undefined, { deliveries }) }
}

describe('the table in docs/guides/smime.md', () => {
  it('is what these rows say (npm run matrix writes it anew)', async () => {
    const guide = new URL('../../../docs/guides/smime.md', import.meta.url)
    const text = await readFile(guide, 'utf8')
    const table = matrixTable()
    if (process.env.WRITE_MATRIX) {
      await writeFile(
        guide,
        text.replace(/<!-- matrix -->.*<!-- \/matrix -->/s, () => table),
      )
      console.log(table)
    } else expect(text).toContain(table)
  })
})

async function signed({ key, cosigner, options }: SignatureRow): Promise<Buffer> {
  const identity = identityOf(signer(key))
  const cosigners = cosigner ? [identityOf(signer(cosigner))] : []
  return await wire(await sign({ identity, cosigners, ...options })(exampleMail(), {}))
}

function signedByOpenssl({ key, openssl: flags }: SignatureRow): Buffer {
  const { certificate, key: file } = signer(key)
  const content = temporaryFile('content', exampleContent)
  const made = openssl(['cms', '-sign', '-signer', certificate, '-inkey', file, '-in', content, ...flags])
  return Buffer.from(made.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1')
}

async function encrypted({ key, streamed, options }: EncryptionRow): Promise<Buffer> {
  const entity = streamed ? long : exampleEntity
  const deliveries = [{ recipients: [to('alice@example.com')], entity }]
  const mail: MimeMail = exampleMail({ encryptionCertificates: owner(key).pem }, undefined, { deliveries })
  return await wire(await encrypt(options)(mail, {}))
}

function encryptedByOpenssl({ key, openssl: flags }: EncryptionRow): Buffer {
  const content = temporaryFile('content', exampleContent)
  const made = openssl(['cms', '-encrypt', '-in', content, '-recip', owner(key).certificate, ...flags])
  return Buffer.from(made.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1')
}

async function contentOf({ streamed }: EncryptionRow): Promise<Buffer> {
  return await joined(messageStream({ headers: [] }, streamed ? long : exampleEntity))
}

/** More than is held in memory. */
const long: MimeEntity = {
  headers: exampleEntity.headers,
  async *body() {
    for (let part = 0; part < 40; part++) yield Buffer.from('All is quiet at the moment.\r\n'.repeat(1000))
  },
}
