import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { createServer, type TlsOptions } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { checkTransport } from '../../../src/deliver/check.js'
import { deliver } from '../../../src/deliver/deliver.js'
import { type Certificates, makeCertificates } from './certificates.js'

let certificates: Certificates
let own: { readonly certificateFile: string; readonly keyFile: string }
beforeAll(() => {
  certificates = makeCertificates()
  const file = (name: string) => join(dirname(certificates.caFile), name)
  own = { certificateFile: file('own.pem'), keyFile: file('own.key') }
  writeFileSync(own.certificateFile, certificates.elsewhere.cert)
  writeFileSync(own.keyFile, certificates.elsewhere.key)
})
afterAll(() => certificates.remove())

const cleanup: (() => void)[] = []
afterEach(() => {
  for (const stop of cleanup.splice(0)) stop()
})

/** A server of TLS from the first octet that greets, and tells its capabilities. */
async function serverWith(options: TlsOptions) {
  const server = createServer({ ...certificates.good, ...options }, (socket) => {
    socket.on('error', () => {})
    socket.write('220 tls.example.com ESMTP\r\n')
    socket.on('data', (line) =>
      socket.write(`${line}`.startsWith('EHLO') ? '250 tls.example.com\r\n' : '221 Bye\r\n'),
    )
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanup.push(() => server.close())
  const { port } = server.address() as AddressInfo
  const transport = { host: 'localhost', port, tls: 'implicit' as const, caFile: certificates.caFile }
  return async (extra: object) => {
    const { ok, steps } = await checkTransport({ ...transport, ...extra }, {})
    return { ok, message: steps.find(({ ok }) => !ok)?.message ?? steps[2]?.message }
  }
}

describe('a server that asks for a certificate', () => {
  it('is shown the one that is configured, and turns away who has none', async () => {
    const ca = readFileSync(certificates.caFile)
    const check = await serverWith({ requestCert: true, rejectUnauthorized: true, ca, maxVersion: 'TLSv1.2' })
    expect(await check(own)).toMatchObject({ ok: true })
    expect(await check({})).toMatchObject({ ok: false })
  })

  it('turns away who has none after the handshake in TLS 1.3, and it is told why', async () => {
    const ca = readFileSync(certificates.caFile)
    const check = await serverWith({ requestCert: true, rejectUnauthorized: true, ca, minVersion: 'TLSv1.3' })
    expect(await check(own)).toMatchObject({ ok: true })
    const { ok, message } = await check({})
    expect(ok).toBe(false)
    expect(message).toContain('wants a client certificate; give transport.certificateFile and keyFile')
  })

  it.each([
    ['certificateFile', 'and keyFile go together'],
    ['keyFile', 'go together'],
  ])('is shown both halves or none (%s alone)', (key, message) => {
    expect(() => deliver({ transport: { host: 'a', [key]: 'x' } })).toThrow(message)
  })

  it('is not asked where a file holds something else', async () => {
    const check = await serverWith({})
    const { ok, message } = await check({ ...own, keyFile: own.certificateFile })
    expect(ok).toBe(false)
    expect(message).toContain('transport.keyFile: ')
    expect(message).toContain('holds no unencrypted private key in PEM')
  })
})

describe('minTlsVersion', () => {
  it('turns away a server that knows only what is older', async () => {
    const check = await serverWith({ maxVersion: 'TLSv1.2' })
    expect((await check({})).message).toContain('TLSv1.2')
    expect(await check({ minTlsVersion: 'TLSv1.3' })).toMatchObject({ ok: false })
    expect(() => deliver({ transport: { host: 'a', minTlsVersion: 'TLSv1.1' as 'TLSv1.2' } })).toThrow(
      "transport.minTlsVersion is 'TLSv1.2' or 'TLSv1.3'",
    )
  })
})
