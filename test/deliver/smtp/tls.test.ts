import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { deliver } from '../../../src/deliver/deliver.js'
import { type Script, silence, startScriptedServer, type Turn, take } from '../../peers/scripted-server.js'
import { errorOf, mail } from '../mails.js'
import { type Certificates, makeCertificates } from './certificates.js'

let certificates: Certificates
beforeAll(() => {
  certificates = makeCertificates()
})
afterAll(() => certificates.remove())

const cleanup: (() => Promise<void>)[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const stop of cleanup.splice(0).reverse()) await stop()
})

async function against(script: Script, options: object = {}) {
  const server = await startScriptedServer(script)
  const send = deliver({ transport: { host: 'localhost', port: server.port, ...options } })
  cleanup.push(server.stop, send.close)
  return { server, send }
}

describe('TLS', () => {
  it.each(['starttls', 'implicit'] as const)(
    'with %s delivers to a server whose authority is known',
    async (tls) => {
      const { caFile, good } = certificates
      const { server, send } = await against(
        { tls: { ...good, implicit: tls === 'implicit' } },
        { tls, caFile },
      )
      const report = await send(mail(), {})
      expect(report).toMatchObject({ outcome: 'sent', warnings: [] })
      expect(server.messages).toHaveLength(1)
    },
  )

  it('takes the options of Node, as nodemailer does', async () => {
    const { caFile, good } = certificates
    const { readFile } = await import('node:fs/promises')
    const tls = { ca: await readFile(caFile) }
    const { send } = await against({ tls: { ...good, implicit: true } }, { secure: true, tls })
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
  })

  describe.each(['starttls', 'implicit'] as const)('with %s', (tls) => {
    const attempt = async (name: 'good' | 'expired' | 'elsewhere', options: object) => {
      const script = { tls: { ...certificates[name], implicit: tls === 'implicit' } }
      const { server, send } = await against(script, { tls, ...options })
      return { server, error: await errorOf(send(mail(), {})) }
    }

    it.each([
      ['an unknown authority', 'good', false, /caFile/],
      ['an expired certificate', 'expired', true, /expired/],
      ['a certificate for another name', 'elsewhere', true, /for another name, mail\.example\.net; use/],
    ] as const)('refuses %s', async (_, name, known, message) => {
      const { server, error } = await attempt(name, known ? { caFile: certificates.caFile } : {})
      expect(error).toMatchObject({ code: 'TLS_FAILED', temporary: false, report: null })
      expect(error.message).toMatch(message)
      expect(server.commands('MAIL')).toEqual([])
    })

    it('is not talked out of it by the environment', async () => {
      vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
      expect((await attempt('good', {})).error.code).toBe('TLS_FAILED')
    })

    it.each([
      ['verify: false', { verify: false }],
      ['rejectUnauthorized: false', { tls: { rejectUnauthorized: false }, secure: tls === 'implicit' }],
    ])('does without the check where %s is written, and says so', async (_, options) => {
      const script = { tls: { ...certificates.expired, implicit: tls === 'implicit' } }
      const { send } = await against(script, { tls, ...options })
      const report = await send(mail(), {})
      expect(report.warnings).toMatchObject([{ code: 'TLS_NOT_VERIFIED' }])
    })
  })

  it('fails against a server that speaks no TLS on the port', async () => {
    const { server, send } = await against({}, { tls: 'implicit' })
    const error = await errorOf(send(mail(), {}))
    expect(error).toMatchObject({ code: 'TLS_FAILED', temporary: false })
    expect(error.message).toBe(
      `localhost:${server.port} does not speak TLS on this port; try transport.tls: starttls`,
    )
    expect(String(error.cause)).toContain('SSL')
    expect(server.commands('MAIL')).toEqual([])
  })

  it('fails against a server with no version of it in common', async () => {
    const server = createServer({ ...certificates.good, maxVersion: 'TLSv1.2' }).listen(0, 'localhost')
    await once(server, 'listening')
    cleanup.push(async () => void server.close())
    const { port } = server.address() as AddressInfo
    const tls = { minVersion: 'TLSv1.3' as const }
    const send = deliver({ transport: { host: 'localhost', port, secure: true, tls } })
    const error = await errorOf(send(mail(), {}))
    expect(error).toMatchObject({ code: 'TLS_FAILED', temporary: false })
    expect(error.message).toContain('knows no TLS version or cipher that this machine allows')
    expect(error.message).not.toContain('SSL')
  })
})

describe('STARTTLS', () => {
  it('is demanded also where someone on the way removed it from the offer', async () => {
    const { server, send } = await against({}, { tls: 'starttls', auth: { user: 'soc', pass: 'secret' } })
    const error = await errorOf(send(mail(), {}))
    expect(error).toMatchObject({ code: 'TLS_FAILED', temporary: false })
    expect(error.message).toContain('does not offer STARTTLS; someone on the way may have removed it')
    expect(error.message).toContain("transport.tls: 'none'")
    expect(server.commands('STARTTLS')).toEqual([])
    expect(server.commands('AUTH')).toEqual([])
    expect(server.commands('MAIL')).toEqual([])
  })

  it.each([
    ['454 4.7.0 TLS not available now', true],
    ['554 5.7.0 No', false],
  ])(
    'that is answered with %s is an error on loopback too, where it was offered',
    async (starttls, temporary) => {
      const { server, send } = await against({ tls: certificates.good, starttls })
      // The scripted server begins its handshake after any answer; ours must not go on either way.
      const error = await errorOf(send(mail(), {}))
      expect(error).toMatchObject({ code: 'TLS_FAILED', temporary })
      expect(server.commands('MAIL')).toEqual([])
    },
  )

  it('on loopback is used where it is offered, and its certificate verified', async () => {
    const { server, send } = await against({ tls: certificates.good })
    expect((await errorOf(send(mail(), {}))).code).toBe('TLS_FAILED')
    expect(server.commands('MAIL')).toEqual([])
  })

  it('on loopback is done without where it is not offered', async () => {
    const { send } = await against({})
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent', warnings: [] })
  })

  it('is not used where none is written', async () => {
    const { server, send } = await against({ tls: certificates.good }, { tls: 'none' })
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
    expect(server.commands('STARTTLS')).toEqual([])
  })

  it.each([
    ['EHLO', silence, '250 2.1.0 Ok'],
    ['MAIL', '250 scripted.example.com', silence],
  ] as const)(
    'has no second greeting: a server that is silent after it is told of at %s',
    async (verb, second, third) => {
      const { caFile, good } = certificates
      let hellos = 0
      const ehlo: Turn = (socket, line) => {
        if (++hellos > 1) return take(socket, second, line)
        socket.write('250-scripted.example.com\r\n250 STARTTLS\r\n')
      }
      const { server, send } = await against(
        { tls: good, ehlo, mail: third },
        { tls: 'starttls', caFile, socketTimeout: 100 },
      )
      expect((await errorOf(send(mail(), {}))).message).toBe(
        `no answer to ${verb} from localhost:${server.port} within 100 ms; try again later, or set a larger transport.socketTimeout`,
      )
    },
  )

  it('forgets what was said before it: replies injected behind the 220 are not believed', async () => {
    const injected = '220 2.0.0 Go ahead\r\n250-evil.example.com\r\n250-AUTH PLAIN\r\n250 SMTPUTF8'
    const { caFile, good } = certificates
    const { server, send } = await against(
      { tls: good, starttls: injected, extensions: [] },
      { tls: 'starttls', caFile, auth: { user: 'soc', pass: 'secret' } },
    )
    expect((await errorOf(send(mail(), {}))).code).toBe('AUTHENTICATION_FAILED')
    expect(server.commands('AUTH')).toEqual([])
  })

  it('is followed by another EHLO: what was offered to all on the way before is not believed', async () => {
    const { caFile, good } = certificates
    let hellos = 0
    const ehlo: Turn = (socket, line) => {
      const offer = ++hellos === 1 ? ['AUTH PLAIN', 'SIZE 1', 'STARTTLS'] : ['AUTH LOGIN', 'SIZE 1000000']
      take(socket, `250-a\r\n250-${offer.join('\r\n250-')}\r\n250 HELP`, line)
    }
    const { server, send } = await against(
      { tls: good, ehlo, auth: '535 5.7.8 No' },
      { tls: 'starttls', caFile, auth: { user: 'soc', pass: 'secret' } },
    )
    expect((await errorOf(send(mail(), {}))).code).toBe('AUTHENTICATION_FAILED')
    expect(server.commands('AUTH')).toEqual(['AUTH LOGIN'])
  })
})

describe('the CA file', () => {
  it.each([
    ['that is missing', '/nowhere/ca.pem', 'FILE_NOT_FOUND'],
    ['that is a folder', '/tmp', 'FILE_UNREADABLE'],
    ['that holds no certificate', '/etc/hosts', 'INVALID_CERTIFICATE'],
  ])('%s is an error that names it', async (_, caFile, code) => {
    const { server, send } = await against({}, { caFile })
    const error = await errorOf(send(mail(), {}))
    expect(error).toMatchObject({ code, field: 'transport.caFile' })
    expect(error.message).toContain(caFile)
    expect(server.sessions).toEqual([])
  })

  it('that holds broken certificates trusts nobody', async () => {
    const { writeFile, mkdtemp, rm } = await import('node:fs/promises')
    const folder = await mkdtemp('/tmp/ca-')
    const caFile = `${folder}/ca.pem`
    await writeFile(caFile, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
    const script = { tls: { ...certificates.good, implicit: true } }
    const { server, send } = await against(script, { tls: 'implicit', caFile })
    expect((await errorOf(send(mail(), {}))).code).toBe('TLS_FAILED')
    expect(server.commands('MAIL')).toEqual([])
    await rm(folder, { recursive: true })
  })
})
