import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deliver } from '../../../src/deliver/deliver.js'
import { messageBytes } from '../../../src/mime.js'
import { errorOf, mail } from '../mails.js'
import { type Certificates, makeCertificates } from './certificates.js'

let certificates: Certificates
beforeAll(() => {
  certificates = makeCertificates()
})
afterAll(() => certificates.remove())

describe.each([
  ['STARTTLS', 'starttls'],
  ['TLS from the first octet', 'implicit'],
] as const)('a server that implements SMTP, over %s', (_, tls) => {
  const received: Buffer[] = []
  let server: SMTPServer
  let port: number
  beforeAll(async () => {
    server = new SMTPServer({
      ...certificates.good,
      secure: tls === 'implicit',
      onAuth: ({ username, password }, _session, done) =>
        username === 'soc' && password === 'correct horse'
          ? done(null, { user: username })
          : done(new Error('Wrong')),
      onData(stream, _session, done) {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => {
          received.push(Buffer.concat(chunks))
          done(null, 'queued as 1')
        })
      },
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.server.address() as AddressInfo).port
  })
  afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())))

  const transport = (pass: string) => {
    const { caFile } = certificates
    return { host: 'localhost', port, tls, caFile, auth: { user: 'soc', pass } }
  }

  it('gets the mail byte for byte, after a login', async () => {
    const send = deliver({ transport: transport('correct horse') })
    const request = mail()
    const report = await send(request, {})
    await send.close()
    expect(report).toMatchObject({ outcome: 'sent', warnings: [] })
    const [first] = request.deliveries
    expect(first && received.at(-1)?.equals(await messageBytes(request, first.entity))).toBe(true)
    expect(received.at(-1)).toHaveLength(report.size)
  })

  it('gets none after a login with a wrong password', async () => {
    const send = deliver({ transport: transport('wrong staple') })
    const error = await errorOf(send(mail(), {}))
    await send.close()
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', temporary: false })
    expect(error.message).not.toContain('staple')
  })
})
