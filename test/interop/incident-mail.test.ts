import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import PostalMime from 'postal-mime'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  createNotifier,
  type DeliveryReport,
  jsonFolder,
  type MailRequest,
  type Notifier,
} from '../../src/index.js'
import {
  authorityExtensions,
  person,
  pkcs12,
  type TestCertificate,
  testCertificate,
} from '../certificates/certificates.js'
import { type MailServer, startMailServer } from '../peers/mail-server.js'
import { gpgsmReader } from '../readers/gpgsm.js'
import { nssReader } from '../readers/nss.js'
import { opensslReader } from '../readers/openssl.js'
import type { Reader } from '../readers/reader.js'
import { describeWith } from '../setup/with-peer.js'

const examples = fileURLToPath(new URL('../../examples/', import.meta.url))
const readers = { 'openssl cms': opensslReader, 'NSS cmsutil': nssReader, gpgsm: gpgsmReader }

describeWith(
  'postfix',
  'dovecot',
  'openssl',
  'nss',
  'gpgsm',
)('the example job, through Postfix into mailboxes on Dovecot', () => {
  let server: MailServer
  let notifier: Notifier
  let report: DeliveryReport
  let job: MailRequest

  beforeAll(async () => {
    server = await startMailServer({ users: [...people.keys()] })
    notifier = await createNotifier({
      from: 'SOC <soc@example.com>',
      transport: {
        host: server.host,
        port: server.ports.submission,
        tls: 'starttls',
        auth: server.credentials,
        caFile: server.caFile,
      },
      incidents: jsonFolder(`${examples}incidents`),
      smime: { identity: { p12: pkcs12(soc, 'open sesame'), passphrase: 'open sesame' } },
    })
    job = {
      ...JSON.parse(await readFile(`${examples}job.json`, 'utf8')),
      bcc: 'auditor@example.com',
      encryptionCertificates: [...people.values()].map(({ pem }) => pem),
    }
    report = await notifier.send(job)
  })
  afterAll(async () => {
    await notifier?.close()
    await server?.stop()
  })

  it('is accepted for everyone, and the report says what was signed and encrypted, and for whom', () => {
    expect(report).toMatchObject({
      outcome: 'sent',
      accepted: ['ciso@example.com', 'oncall@example.com', 'auditor@example.com'],
      rejected: [],
      signed: true,
      encrypted: true,
      signer: { addresses: ['soc@example.com'] },
      subject: '[2139] Credential phishing against R&D, three accounts used from abroad',
    })
    expect(report.recipientsCertificates.map(({ recipient }) => recipient)).toEqual(report.accepted)
    expect(report.warnings).toEqual([])
  })

  for (const [name, openReader] of Object.entries(readers)) {
    for (const address of ['ciso@example.com', 'oncall@example.com', 'auditor@example.com']) {
      it(`decrypts and verifies for ${address} with ${name}`, async () => {
        const reader = await openReader({ authorities: [authority], owner: owned(address) })
        try {
          const mail = await read(reader, await server.fetch(address, report.messageId))
          expect(mail.html).toContain('Credential phishing against R&amp;D')
          expect(mail.html).toContain('203[.]0[.]113[.]7')
          expect(mail.text).toContain('Credential phishing against R&D')
          expect(mail.text).toContain('Confirmed: no mail was read after 08:40 UTC.')
          expect(mail.attachments.map(({ filename }) => filename)).toContain('suspicious-mail.eml')
        } finally {
          await reader.close()
        }
      })
    }
  }

  it('brings the attachment byte for byte, and the logo by its Content-ID', async () => {
    const reader = await opensslReader({ authorities: [authority], owner: owned('ciso@example.com') })
    const mail = await read(reader, await server.fetch('ciso@example.com', report.messageId))
    const evidence = mail.attachments.find(({ filename }) => filename === 'suspicious-mail.eml')
    const original = await readFile(`${examples}incidents/2139/suspicious-mail.eml`)
    expect(Buffer.from(evidence?.content as ArrayBuffer)).toEqual(original)
    const logo = mail.attachments.find(({ related }) => related)
    expect(mail.html).toContain(`cid:${logo?.contentId?.replace(/[<>]/g, '')}`)
  })

  it('tells nobody of the blind-copied auditor', async () => {
    for (const address of ['ciso@example.com', 'oncall@example.com']) {
      const mail = (await server.fetch(address, report.messageId)).toString('latin1')
      expect(mail).not.toMatch(/auditor|^bcc:/im)
      const reader = await opensslReader({ authorities: [authority], owner: owned('auditor@example.com') })
      expect((await reader.decrypt(Buffer.from(mail, 'latin1'))).ok).toBe(false)
    }
  })

  it('lies in one thread with the next mail of the incident', async () => {
    const next = await notifier.send({ ...job, bcc: [], subject: 'Update' })
    const [first, second] = await Promise.all(
      [report, next].map(async ({ messageId }) =>
        PostalMime.parse(await server.fetch('ciso@example.com', messageId)),
      ),
    )
    expect(first?.references).toMatch(/^<[^>]+>$/)
    expect(second?.references).toBe(first?.references)
  })

  it('is refused for one unknown person, and goes to the rest', async () => {
    const partly = await notifier.send({
      to: ['ciso@example.com', 'nobody@example.com'],
      subject: 'Hi',
      body: 'Hi',
    })
    expect(partly).toMatchObject({
      outcome: 'partial',
      accepted: ['ciso@example.com'],
      rejected: [{ address: 'nobody@example.com', code: 550, enhancedCode: '5.1.1', temporary: false }],
    })
  })

  it('is an error, with the report, where everyone is unknown', async () => {
    const failing = notifier.send({ to: 'nobody@example.com', subject: 'Hi', body: 'Hi' })
    await expect(failing).rejects.toMatchObject({
      code: 'RECIPIENTS_REFUSED',
      stage: 'deliver',
      temporary: false,
      report: { outcome: 'failed', accepted: [], rejected: [{ code: 550 }] },
    })
  })
})

/** An authority whose name has letters beyond ASCII. */
const authority = testCertificate('Prüfstelle', {
  subject: '/C=DE/O=Sicherheitsdienst Köln/CN=Prüfstelle Łódź 東京',
  extensions: authorityExtensions,
})
const soc = person('soc@example.com', { issuer: authority })
const people = new Map<string, TestCertificate>(
  ['ciso@example.com', 'oncall@example.com', 'auditor@example.com'].map((address) => [
    address,
    person(address, { issuer: authority }),
  ]),
)

function owned(address: string): TestCertificate {
  const certificate = people.get(address)
  if (!certificate) throw new Error(`nobody has ${address}`)
  return certificate
}

/** Decrypts and verifies as a mail client does, and parses what was signed. */
async function read(reader: Reader, message: Buffer) {
  const decrypted = await reader.decrypt(message)
  if (!decrypted.ok) throw new Error(`${reader.name} does not decrypt it: ${decrypted.says}`)
  const verified = await reader.verify(decrypted.content)
  if (!verified.ok) throw new Error(`${reader.name} does not verify it: ${verified.says}`)
  return await PostalMime.parse(verified.content)
}
