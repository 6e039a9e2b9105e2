import { generateKeyPairSync } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { createTransport, type SendMailOptions, type Transporter } from 'nodemailer'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SmimeMailOptions, type SmimePluginOptions, smime } from '../../src/smime/index.js'
import { authority, person, temporaryFile } from '../certificates/certificates.js'
import { type MailServer, startMailServer } from '../peers/mail-server.js'
import { dkimVerify } from '../readers/dkim.js'
import { nssReader } from '../readers/nss.js'
import { opensslReader } from '../readers/openssl.js'
import type { Reader } from '../readers/reader.js'
import { describeWith } from '../setup/with-peer.js'

const soc = () => person('soc@example.com')
const alice = () => person('alice@example.com')
const bob = () => person('bob@example.com')
const identity = () => ({ certificate: soc().pem, privateKey: soc().keyPem })
const certificates = () => temporaryFile('people.pem', alice().pem + bob().pem)

type Mail = SendMailOptions & { readonly smime?: SmimeMailOptions }
const letter: Mail = { from: 'SOC <soc@example.com>', to: 'alice@example.com', subject: 'Zebra' }

let server: SMTPServer
let received: { bytes: Buffer; to: string[] }[] = []
beforeAll(async () => {
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        received.push({
          bytes: Buffer.concat(chunks),
          to: session.envelope.rcptTo.map(({ address }) => address),
        })
        done(null, 'queued')
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => new Promise<void>((resolve) => server.close(resolve)))

const smtp = (more = {}) => {
  const { port } = server.server.address() as AddressInfo
  return createTransport({ host: '127.0.0.1', port, ...more })
}

/** Sends a mail over SMTP, and returns what the server got. */
async function sent(
  mail: Mail,
  options: SmimePluginOptions = { identity: identity() },
  more = {},
): Promise<Buffer> {
  received = []
  const transporter = smtp(more)
  transporter.use('stream', smime(options))
  await transporter.sendMail(mail)
  transporter.close()
  expect(received).toHaveLength(1)
  return received[0]?.bytes ?? Buffer.alloc(0)
}

const openSsl = () => opensslReader({ authorities: [authority()], owner: alice() })

/** What a reader reads of it, decrypted and its signature found good. */
async function read(message: Buffer, open = openSsl): Promise<string> {
  const reader: Reader = await open()
  const isEncrypted = message.includes('smime-type=enveloped-data')
  const inner = isEncrypted ? (await reader.decrypt(message)).content : message
  const reading = await reader.verify(inner)
  await reader.close()
  expect(reading, reading.says).toMatchObject({ ok: true })
  return reading.content.toString()
}

const eightBit = Buffer.from('Gr\u00fc\u00dfe\r\n'.repeat(3))
const inner = Buffer.concat([
  Buffer.from(
    'From: a@example.com\nSubject: inner\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n',
  ),
  eightBit,
  Buffer.from('x'.repeat(3000)),
])

const shapes: [string, () => Mail, (mail: Awaited<ReturnType<typeof PostalMime.parse>>) => void][] = [
  ['a text', () => ({ text: 'All quiet.' }), ({ text }) => expect(text).toContain('All quiet.')],
  ['no text at all', () => ({}), ({ text }) => expect(text ?? '').toBe('')],
  [
    'lines of every ending, dots and From',
    () => ({ text: 'a\nb\rc\r\n.\n..\nFrom here\n\n' }),
    ({ text }) => expect(text?.replaceAll('\r\n', '\n')).toContain('a\nb\nc\n.\n..\nFrom here\n'),
  ],
  ['letters beyond ASCII', () => ({ text: 'Größe 🦓' }), ({ text }) => expect(text).toContain('Größe 🦓')],
  [
    'a text with NUL and long lines',
    () => ({ text: `a\0b${'x'.repeat(5000)}` }),
    ({ text }) => expect(text).toContain(`${'x'.repeat(5000)}`),
  ],
  [
    'HTML and text, an image, an attachment from a stream, and an invitation',
    () => ({
      text: 'plain',
      html: '<p>Grüße <img src="cid:logo"></p>',
      icalEvent: { method: 'REQUEST', content: 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n' },
      attachments: [
        { filename: 'logo.png', content: Buffer.from([0x89, 0x50, 0, 0x0a, 0x0d]), cid: 'logo' },
        { filename: 'Bericht Größe.txt', content: Readable.from([eightBit, Buffer.from('\nend')]) },
      ],
    }),
    ({ html, text, attachments }) => {
      expect(html).toContain('Grüße')
      expect(text).toContain('plain')
      expect(attachments.map(({ filename }) => filename)).toEqual(
        expect.arrayContaining(['logo.png', 'Bericht Größe.txt', 'invite.ics']),
      )
      const logo = attachments.find(({ filename }) => filename === 'logo.png')
      expect(Buffer.from(logo?.content as ArrayBuffer)).toEqual(Buffer.from([0x89, 0x50, 0, 0x0a, 0x0d]))
    },
  ],
  [
    'alternatives, and texts from streams',
    () => ({
      text: Readable.from(['Grüße\nstream']),
      alternatives: [{ contentType: 'text/x-web-markdown', content: '**ä**' }],
    }),
    ({ text }) => expect(text).toContain('Grüße'),
  ],
  [
    'an attached mail in 8-bit with long lines',
    () => ({
      text: 'see',
      attachments: [{ contentType: 'message/rfc822', filename: 'm.eml', content: inner }],
    }),
    ({ text, attachments }) => {
      // postal-mime shows an attached mail's text below that of the mail, or as a file.
      const all = `${text}${attachments.map(({ content }) => Buffer.from(content as ArrayBuffer).toString()).join('')}`
      expect(all).toMatch(/Grüße|R3LDvMOfZQ/)
    },
  ],
  [
    'a whole message in LF and 8-bit',
    () => ({
      envelope: { from: 'soc@example.com', to: 'alice@example.com' },
      raw: `From: soc@example.com\nTo: alice@example.com\nSubject: raw\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nGrüße\nraw\n`,
    }),
    ({ text }) => expect(text?.replaceAll('\r\n', '\n')).toBe('Grüße\nraw\n'),
  ],
  [
    'a whole message from a stream',
    () => ({
      envelope: { from: 'soc@example.com', to: 'alice@example.com' },
      raw: Readable.from(['From: soc@example.com\r\n\r\nstreamed']),
    }),
    ({ text }) => expect(text).toContain('streamed'),
  ],
]

describe.each(shapes)('%s', (_, make, check) => {
  it('is signed, arrives as it was meant, and openssl finds the signature good', async () => {
    const message = await sent({ ...letter, ...make() })
    check(await PostalMime.parse(await read(message)))
  })
})

describe('what is sent', () => {
  it('is the mail once: no part of it stands beside the signed one', async () => {
    const message = (await sent({ ...letter, text: 'All quiet.', html: '<p>All quiet.</p>' })).toString()
    expect(message.match(/^Subject: /gm)).toHaveLength(1)
    expect(message.match(/^Content-Type: multipart\/signed/gm)).toHaveLength(1)
    expect(message.match(/<p>All quiet/g)).toHaveLength(1)
  })

  it('is encrypted, where the plugin or the mail says so', async () => {
    const options = { identity: identity(), certificates: certificates() }
    for (const message of [
      await sent({ ...letter, text: 'Zebra inside' }, { ...options, encrypt: true }),
      await sent({ ...letter, text: 'Zebra inside', smime: { encrypt: true } }, options),
      await sent({ ...letter, text: 'Zebra inside', smime: { encryptionCertificates: alice().pem } }),
    ]) {
      expect(message.toString()).not.toContain('Zebra inside')
      expect(await read(message)).toContain('Zebra inside')
    }
  })

  it('is what the mail wants it to be, against the plugin', async () => {
    const options = { identity: identity(), certificates: certificates(), encrypt: true }
    const message = await sent({ ...letter, text: 'Open', smime: { sign: false, encrypt: false } }, options)
    expect(message.toString()).toMatch(/\r\n\r\nOpen\r\n/)
  })

  it('hides the subject where header fields are protected', async () => {
    const options = {
      identity: identity(),
      certificates: certificates(),
      encrypt: true,
      protectHeaders: true,
    }
    const message = await sent({ ...letter, text: 'x', headers: { 'X-Case': 'Zebra' } }, options)
    expect(message.toString()).toMatch(/^Subject: \[\.\.\.\]\r$/m)
    expect(message.toString()).not.toContain('Zebra')
    expect(await read(message)).toMatch(/^Subject: Zebra\r$/m)
  })

  it('goes to those of the envelope', async () => {
    await sent({ ...letter, cc: 'bob@example.com', text: 'x' })
    expect(received[0]?.to).toEqual(['alice@example.com', 'bob@example.com'])
  })

  it('goes over a pool, too', async () => {
    expect(await read(await sent({ ...letter, text: 'x' }, undefined, { pool: true }))).toContain('x')
  })

  it('goes through a stream transport, without the Bcc that one would keep', async () => {
    const transporter = createTransport({ streamTransport: true, buffer: true })
    transporter.use('stream', smime({ identity: identity() }))
    const { message } = await transporter.sendMail({ ...letter, bcc: 'bob@example.com', text: 'x' })
    expect(await read(message as Buffer)).toContain('x')
    expect(message.toString()).not.toMatch(/bob@/)
  })
})

describe('blind-copied people', () => {
  const options = () => ({ identity: identity(), certificates: certificates(), encrypt: true })

  it('are refused beside others where the mail is encrypted, before anything is sent', async () => {
    const mail = { ...letter, bcc: 'bob@example.com', text: 'x' }
    await expect(sent(mail, options())).rejects.toMatchObject({ code: 'INVALID_REQUEST', field: 'bcc' })
    expect(received).toEqual([])
  })

  it('are those of the envelope whom no field shows', async () => {
    const envelope = { from: 'soc@example.com', to: ['alice@example.com', 'bob@example.com'] }
    await expect(sent({ ...letter, envelope, text: 'x' }, options())).rejects.toMatchObject({ field: 'bcc' })
  })

  it('are served where there is one alone', async () => {
    const { to: _, ...rest } = letter
    const message = await sent({ ...rest, bcc: 'alice@example.com', text: 'to you alone' }, options())
    expect(await read(message)).toContain('to you alone')
    expect(message.toString().slice(0, message.indexOf('\r\n\r\n'))).not.toContain('alice@')
  })

  it('are served where the mail is only signed, and a raw message does not show them', async () => {
    const raw = 'From: soc@example.com\r\nTo: alice@example.com\r\nBcc: bob@example.com\r\n\r\nx'
    const message = await sent({
      raw,
      envelope: { from: 'soc@example.com', to: ['alice@example.com', 'bob@example.com'] },
    })
    expect(message.toString()).not.toContain('bob@')
  })
})

describe('what goes wrong', () => {
  it.each([
    [
      'a recipient without a certificate',
      { to: 'carol@example.com', smime: { encrypt: true } },
      'CERTIFICATE_MISSING',
    ],
    ['a misspelt wish', { smime: JSON.parse('{"encypt": true}') }, 'INVALID_CONFIG'],
    ['a wish of another kind', { smime: JSON.parse('{"encrypt": "yes"}') }, 'INVALID_REQUEST'],
    ['a file that is not there', { text: { path: '/does/not/exist' } }, 'ENOENT'],
  ])('%s ends in the error of sendMail, and nothing is sent', async (_, mail, code) => {
    await expect(sent({ ...letter, ...mail })).rejects.toMatchObject({ code })
    expect(received).toEqual([])
  })

  it('calls back with the error where there is a callback', async () => {
    const transporter = smtp()
    transporter.use('stream', smime({ identity: identity() }))
    const mail: Mail = { ...letter, smime: { encrypt: true } }
    const error = await new Promise((resolve) => transporter.sendMail(mail, resolve))
    expect(error).toMatchObject({ code: 'CERTIFICATE_MISSING' })
  })

  it.each<[string, () => Transporter]>([
    ['JSONTransport', () => createTransport({ jsonTransport: true })],
    ['Mailgun', () => createTransport({ name: 'Mailgun', version: '1', send: () => expect.unreachable() })],
  ])('the transport %s, which would send a mail of its own, is refused', async (name, make) => {
    const transporter = make()
    transporter.use('stream', smime({ identity: identity() }))
    await expect(transporter.sendMail({ ...letter, text: 'x' })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining(name),
    })
  })

  it('a transport that was named finds nothing to make a mail of its own from', async () => {
    const transporter = createTransport({
      name: 'Mine',
      version: '1',
      send: (mail, done) => done(null, { data: Object.keys(mail.data) } as never),
    })
    transporter.use('stream', smime({ identity: identity(), transports: ['Mine'] }))
    const { data } = JSON.parse(
      JSON.stringify(await transporter.sendMail({ ...letter, text: 'x', html: 'y' })),
    )
    expect(data).not.toEqual(expect.arrayContaining(['text']))
    expect(data).not.toEqual(expect.arrayContaining(['html']))
  })

  it.each([
    ['no protection at all', {}],
    ['an option that does not exist', { identiy: {} }],
    ['an option of another kind', { encrypt: 'yes' }],
    ['transports that are no list', { identity: {}, transports: 'Mine' }],
  ])('%s is refused at once', (_, options) => {
    expect(() => smime(JSON.parse(JSON.stringify(options)))).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG' }),
    )
  })

  it('in another step than stream it is refused', async () => {
    const transporter = smtp()
    transporter.use('compile', smime({ identity: identity() }))
    await expect(transporter.sendMail({ ...letter, text: 'x' })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
    })
  })

  it('what the certificate lacks is said in the transporter’s log', async () => {
    const lines: unknown[] = []
    const logger = {
      ...{
        level: () => {},
        trace: () => {},
        debug: () => {},
        info: () => {},
        error: () => {},
        fatal: () => {},
      },
      warn: (...line: unknown[]) => lines.push(line),
    }
    await sent({ ...letter, from: 'other@example.com', text: 'x' }, undefined, { logger })
    expect(JSON.stringify(lines)).toContain('SIGNER_ADDRESS_MISMATCH')
    expect(JSON.stringify(lines)).toContain('o***@example.com')
    expect(JSON.stringify(lines)).not.toContain('other@example.com')
  })
})

describeWith('nss')('NSS', () => {
  it('reads what the plugin made', async () => {
    const options = { identity: identity(), certificates: certificates(), encrypt: true }
    const message = await sent({ ...letter, text: 'Größe', html: '<p>ä</p>' }, options)
    expect(await read(message, () => nssReader({ authorities: [authority()], owner: alice() }))).toContain(
      'multipart/alternative',
    )
  })
})

describeWith('dkim')('nodemailer’s own DKIM', () => {
  it('signs what the plugin made', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const dkim = { domainName: 'example.com', keySelector: 'mail', privateKey: pem }
    const message = await sent({ ...letter, text: 'Größe' }, undefined, { dkim })
    expect(message.toString()).toMatch(/^DKIM-Signature: /)
    expect(await dkimVerify(message, 'mail._domainkey.example.com', pem)).toBe(true)
    const changed = Buffer.from(
      message.toString('latin1').replace(/^Subject: Zebra/m, 'Subject: Horse'),
      'latin1',
    )
    expect(await dkimVerify(changed, 'mail._domainkey.example.com', pem)).toBe(false)
  })
})

describeWith('postfix', 'dovecot')('in a real mailbox', () => {
  let mailServer: MailServer
  beforeAll(async () => {
    mailServer = await startMailServer({ users: ['alice@example.com'] })
  })
  afterAll(() => mailServer?.stop())

  it('the signature still holds', async () => {
    const { host, ports, credentials } = mailServer
    const transporter = createTransport({
      host,
      port: ports.submission,
      auth: credentials,
      requireTLS: true,
      tls: { rejectUnauthorized: false },
    })
    transporter.use('stream', smime({ identity: identity(), certificates: certificates(), encrypt: true }))
    const text = 'a\n.\n..\rFrom here\n Größe  \n\n\n'
    const { messageId } = await transporter.sendMail({ ...letter, text })
    transporter.close()
    expect(await read(await mailServer.fetch('alice@example.com', messageId))).toContain('text/plain')
  })
})
