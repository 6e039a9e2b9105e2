import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:tls'
import { createTransport } from 'nodemailer'
import type { SMTPError } from 'nodemailer/lib/smtp-connection'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWith } from '../setup/with-peer.js'
import { type MailServer, startMailServer } from './mail-server.js'

const sender = 'soc@example.com'

describeWith(
  'openssl',
  'postfix',
  'dovecot',
)('the mail server of the tests', () => {
  let server: MailServer
  let ca: Buffer

  beforeAll(async () => {
    server = await startMailServer({
      users: ['ciso@example.com', 'analyst@example.com'],
      refused: { 'full@example.com': '452 4.2.2 Mailbox full' },
    })
    ca = await readFile(server.caFile)
  })

  afterAll(async () => {
    await server?.stop()
  })

  /** Sends over plain nodemailer, with as little between as possible. */
  async function submit(to: string[], raw: string, options: object = {}) {
    const { host, ports, credentials } = server
    const transport = createTransport({
      ...{ host, port: ports.submission, requireTLS: true, auth: credentials, tls: { ca } },
      ...options,
    })
    try {
      return await transport.sendMail({ envelope: { from: sender, to }, raw })
    } finally {
      transport.close()
    }
  }

  function message() {
    const messageId = `<${randomUUID()}@example.com>`
    const fields = [`From: ${sender}`, 'Subject: An incident', 'Bcc: watch@example.com']
    const body = ['.', '..two dots', `From ${'x'.repeat(900)}`, 'trailing space ', '', ''].join('\r\n')
    return { messageId, raw: `Message-ID: ${messageId}\r\n${fields.join('\r\n')}\r\n\r\n${body}` }
  }

  it('keeps a mail byte for byte behind the trace fields', async () => {
    const { messageId, raw } = message()
    await submit(['ciso@example.com'], raw)
    const arrived = (await server.fetch('ciso@example.com', messageId)).toString()
    expect(arrived.slice(-raw.length)).toBe(raw)
    expect(arrived.slice(0, -raw.length)).toMatch(/^Return-Path: <soc@example.com>\r\n/)
  })

  it('takes mail over implicit TLS', async () => {
    const { messageId, raw } = message()
    await submit(['analyst@example.com'], raw, { port: server.ports.implicit, secure: true })
    await server.fetch('analyst@example.com', messageId)
    expect(await server.log()).toMatch(/TLS connection established/)
  })

  it('refuses unknown users for good, others for now, and takes the rest', async () => {
    const { messageId, raw } = message()
    const recipients = ['ciso@example.com', 'ghost@example.com', 'full@example.com', 'who@elsewhere.example']
    const { accepted, rejectedErrors } = await submit(recipients, raw)
    expect(accepted).toEqual(['ciso@example.com'])
    const replies = rejectedErrors?.map((error: SMTPError) => error.response?.slice(0, 9))
    expect(replies).toEqual(['550 5.1.1', '452 4.2.2', '554 5.7.1'])
    await server.fetch('ciso@example.com', messageId)
  })

  it('refuses a wrong password', async () => {
    const wrong = { auth: { user: server.credentials.user, pass: 'wrong' } }
    await expect(submit(['ciso@example.com'], message().raw, wrong)).rejects.toMatchObject({
      code: 'EAUTH',
      responseCode: 535,
    } satisfies Partial<SMTPError>)
  })

  it('takes nothing from those who did not log in', async () => {
    await expect(submit(['ciso@example.com'], message().raw, { auth: undefined })).rejects.toThrow(
      /554 5\.7\.1/,
    )
  })

  it('lets nobody log in without TLS', async () => {
    const clear = { requireTLS: false, ignoreTLS: true }
    await expect(submit(['ciso@example.com'], message().raw, clear)).rejects.toThrow(/554 5\.7\.1/)
  })

  it('has a certificate that only its own authority vouches for', async () => {
    const unverified = { tls: {} }
    await expect(submit(['ciso@example.com'], message().raw, unverified)).rejects.toThrow(/certificate/)
  })

  it('refuses a mail with a bare line feed', async () => {
    const { host, ports, credentials } = server
    const { user, pass } = credentials
    const socket = connect({ host, port: ports.implicit, ca })
    await once(socket, 'data')
    const login = Buffer.from(`\0${user}\0${pass}`).toString('base64')
    const envelope = [`MAIL FROM:<${sender}>`, 'RCPT TO:<ciso@example.com>', 'DATA']
    let reply = ''
    for (const line of ['EHLO localhost', `AUTH PLAIN ${login}`, ...envelope, 'Subject: x\n\r\nx\r\n.']) {
      socket.write(`${line}\r\n`)
      reply = String(await once(socket, 'data'))
    }
    socket.destroy()
    expect(reply).toMatch(/^5\d\d 5\.5\.2/)
  })
})
