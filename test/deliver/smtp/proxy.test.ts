import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { checkTransport } from '../../../src/deliver/check.js'
import { deliver } from '../../../src/deliver/deliver.js'
import type { SmtpOptions } from '../../../src/deliver/smtp/options.js'
import { smtpSettings } from '../../../src/deliver/smtp/settings.js'
import { freePort } from '../../peers/daemon.js'
import {
  answer,
  type ProxyAnswer,
  silentTunnel,
  startHttpProxy,
  startSocksProxy,
  tunnel,
} from '../../peers/proxy.js'
import { type Script, startScriptedServer } from '../../peers/scripted-server.js'
import { describeWith } from '../../setup/with-peer.js'
import { errorOf, mail } from '../mails.js'
import { type Certificates, makeCertificates } from './certificates.js'

let certificates: Certificates
beforeAll(() => {
  certificates = makeCertificates()
})
afterAll(() => certificates.remove())

const cleanup: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of cleanup.splice(0).reverse()) await stop()
})

async function smtp(script: Script = {}) {
  const server = await startScriptedServer(script)
  cleanup.push(server.stop)
  return server
}

async function httpProxy(does: ProxyAnswer, credentials?: string) {
  const proxy = await startHttpProxy(does, credentials)
  cleanup.push(proxy.stop)
  return proxy
}

/** A port where bytes are answered with bytes. */
async function tcp(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    onConnection(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanup.push(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('an HTTP proxy', () => {
  it('is asked by CONNECT, and looks the name up itself', async () => {
    const server = await smtp()
    const proxy = await httpProxy(tunnel, 'robot:p@ss word')
    const transport: SmtpOptions = {
      ...{ host: 'mail.test', port: server.port, tls: 'none' },
      proxy: `http://robot:p%40ss%20word@${proxy.address}`,
    }
    const report = await deliver({ transport })(mail(), {})
    expect(report).toMatchObject({ outcome: 'sent', accepted: ['ciso@example.com'] })
    expect(server.messages).toHaveLength(1)
    expect(proxy.asked.map(({ url }) => url)).toEqual([`mail.test:${server.port}`])
  })

  it.each([true, false])(
    'passes TLS through, whose certificate is the mail server’s (implicit: %s)',
    async (implicit) => {
      const server = await smtp({ tls: { ...certificates.good, implicit } })
      // A server that speaks TLS at once says nothing before the client does.
      const proxy = await httpProxy(implicit ? silentTunnel : tunnel)
      const transport: SmtpOptions = {
        ...{ host: 'localhost', port: server.port, tls: implicit ? 'implicit' : 'starttls' },
        ...{ caFile: certificates.caFile, proxy: `http://${proxy.address}` },
      }
      expect(await deliver({ transport })(mail(), {})).toMatchObject({ outcome: 'sent' })
    },
  )

  it('is named by a check, with what it does', async () => {
    const server = await smtp()
    const proxy = await httpProxy(tunnel)
    const transport: SmtpOptions = {
      host: 'mail.test',
      port: server.port,
      tls: 'none',
      proxy: `http://${proxy.address}`,
    }
    const { ok, steps } = await checkTransport(transport, {})
    expect(ok).toBe(true)
    expect(steps.map(({ message }) => message).slice(0, 2)).toEqual([
      '127.0.0.1 is 127.0.0.1; it is the proxy, which looks up mail.test',
      `the HTTP proxy ${proxy.address} has connected to mail.test:${server.port}`,
    ])
  })

  it.each([
    ['wrong credentials', 'robot:wrong', 'AUTHENTICATION_FAILED', 'refuses the user name or password (407'],
    ['no credentials', undefined, 'AUTHENTICATION_FAILED', 'asks for a user name and password (407'],
  ])(
    'that gets %s is an error that names transport.proxy, and repeats none',
    async (_, given, code, message) => {
      const proxy = await httpProxy(tunnel, 'robot:correct')
      const transport = { host: 'mail.test', proxy: `http://${given ? `${given}@` : ''}${proxy.address}` }
      const error = await errorOf(deliver({ transport })(mail(), {}))
      expect(error).toMatchObject({ code, field: 'transport.proxy', temporary: false })
      expect(error.message).toContain(message)
      expect(error.message).not.toContain('wrong')
      expect(error.message).not.toContain(Buffer.from('robot:wrong').toString('base64'))
    },
  )

  it.each([
    [
      'HTTP/1.1 403 Forbidden\r\n\r\n',
      'CONNECTION_FAILED',
      false,
      'does not connect to mail.test:587 (403 Forbidden)',
    ],
    ['HTTP/1.1 503 Later\u001b[2J\r\n\r\n', 'CONNECTION_FAILED', true, '(503 Later'],
    ['220 mail.example.com ESMTP\r\n', 'PROTOCOL_ERROR', false, 'does not speak HTTP'],
    ['', 'CONNECTION_FAILED', true, 'closed the connection before it had an answer'],
  ])('that answers %j is an error', async (text, code, temporary, message) => {
    const proxy = await httpProxy(answer(text))
    const transport = { host: 'mail.test', proxy: `http://${proxy.address}` }
    const error = await errorOf(deliver({ transport })(mail(), {}))
    expect(error).toMatchObject({ code, temporary, field: 'transport.proxy' })
    expect(error.message).toContain(message)
    expect(error.message).not.toContain('\u001b')
  })

  it('that hangs, is not there, or has no name, is an error, and nobody waits for ever', async () => {
    const hanging = await httpProxy(() => {})
    const transport = (proxy: string) => ({ host: 'mail.test', proxy, connectionTimeout: 100 })
    const late = await errorOf(deliver({ transport: transport(`http://${hanging.address}`) })(mail(), {}))
    expect(late).toMatchObject({ code: 'CONNECTION_FAILED', temporary: true, field: 'transport.proxy' })
    expect(late.message).toContain(`no answer from the HTTP proxy ${hanging.address} within 100 ms`)
    const port = await freePort()
    const absent = await errorOf(deliver({ transport: transport(`http://127.0.0.1:${port}`) })(mail(), {}))
    expect(absent.message).toContain('cannot be reached (ECONNREFUSED); check transport.proxy')
    const { steps } = await checkTransport(transport('http://no-such-name.invalid:3128'), {})
    expect(steps).toMatchObject([{ step: 'dns', ok: false, error: { code: 'CONNECTION_FAILED' } }])
    const signal = AbortSignal.timeout(100)
    const stopped = await errorOf(
      deliver({ transport: { host: 'mail.test', proxy: `http://${hanging.address}` } })(mail(), { signal }),
    )
    expect(stopped.message).toContain('answer from the HTTP proxy')
  })
})

describeWith('microsocks')('a SOCKS5 proxy', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'proxy-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  async function socks(...args: readonly string[]) {
    const proxy = await startSocksProxy(folder, ...args)
    cleanup.push(proxy.stop)
    return proxy.address
  }

  it('passes mail on, with user name and password and without', async () => {
    const server = await smtp()
    const open = await socks()
    const closed = await socks('-u', 'robot', '-P', 'p@ss')
    for (const proxy of [`socks5://${open}`, `socks5h://robot:p%40ss@${closed}`]) {
      const transport = { host: 'localhost', port: server.port, tls: 'none', proxy } as const
      expect(await deliver({ transport })(mail(), {})).toMatchObject({ outcome: 'sent' })
    }
    expect(server.messages).toHaveLength(2)
  })

  it('passes TLS on', async () => {
    const server = await smtp({ tls: { ...certificates.good, implicit: true } })
    const transport: SmtpOptions = {
      ...{ host: 'localhost', port: server.port, tls: 'implicit', caFile: certificates.caFile },
      proxy: `socks5://${await socks()}`,
    }
    expect(await deliver({ transport })(mail(), {})).toMatchObject({ outcome: 'sent' })
  })

  it('that refuses credentials, or has no way to the server, is an error that names transport.proxy', async () => {
    const address = await socks('-u', 'robot', '-P', 'correct')
    const port = await freePort()
    const failure = async (credentials: string) =>
      await errorOf(
        deliver({ transport: { host: '127.0.0.1', port, proxy: `socks5://${credentials}${address}` } })(
          mail(),
          {},
        ),
      )
    const wrong = await failure('robot:hunter2@')
    expect(wrong).toMatchObject({ code: 'AUTHENTICATION_FAILED', temporary: false, field: 'transport.proxy' })
    expect(wrong.message).toContain('refuses the user name or password')
    expect(wrong.message).not.toContain('hunter2')
    expect((await failure('')).message).toContain('asks for a user name and password')
    expect(await failure('robot:correct@')).toMatchObject({
      ...{ code: 'CONNECTION_FAILED', temporary: true, field: 'transport.proxy' },
      message: expect.stringContaining(`does not connect to 127.0.0.1:${port} (ConnectionRefused)`),
    })
  })
})

describe('a SOCKS5 proxy (a stand-in)', () => {
  it('gets the name, and its answer may come in one piece with the greeting', async () => {
    const server = await smtp()
    let asked = ''
    const address = await tcp((client) => {
      client.once('data', () => {
        client.write(Buffer.from([5, 0]))
        client.once('data', (request) => {
          asked = request.subarray(3, -2).toString('latin1')
          const upstream = connect(request.readUInt16BE(request.length - 2), '127.0.0.1')
          upstream.on('error', () => {}).on('close', () => client.destroy())
          upstream.once('data', (greeting) => {
            client.write(Buffer.concat([Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 25]), greeting]))
            upstream.pipe(client)
            client.pipe(upstream)
          })
        })
      })
    })
    const transport: SmtpOptions = {
      host: 'mail.test',
      port: server.port,
      tls: 'none',
      proxy: `socks5://${address}`,
    }
    expect(await deliver({ transport })(mail(), {})).toMatchObject({ outcome: 'sent' })
    // RFC 1928, section 4: address type 3, a length, and the name.
    expect(asked).toBe('\u0003\u0009mail.test')
  })

  it.each([
    ['hangs', () => {}, 'CONNECTION_FAILED', 'no answer from the SOCKS5 proxy'],
    ['hangs up', (socket: Socket) => void socket.end(), 'CONNECTION_FAILED', 'closed the connection'],
    [
      'is a mail server',
      (socket: Socket) => void socket.write('220 hello\r\n'),
      'PROTOCOL_ERROR',
      'does not speak SOCKS5',
    ],
  ])('that %s is an error', async (_, does, code, message) => {
    const transport = { host: 'mail.test', proxy: `socks5://${await tcp(does)}`, connectionTimeout: 500 }
    const error = await errorOf(deliver({ transport })(mail(), {}))
    expect(error).toMatchObject({ code, field: 'transport.proxy' })
    expect(error.message).toContain(message)
  })
})

describe('transport.proxy', () => {
  it.each([
    ['proxy.example.com:3128', 'is a URL'],
    ['ftp://proxy.example.com', 'is a URL'],
    ['http://u:hunter2@proxy/path', 'has something after the host'],
    ['http://u:hunter2%@proxy', 'has a % that should be written %25'],
    [`http://u:${'hunter2'.repeat(40)}@proxy`, 'more than 255 octets'],
    ['http://u%3Av:hunter2@proxy', 'a colon in the user name'],
  ])('%s is refused, without the password', async (proxy, message) => {
    const error = await errorOf((async () => smtpSettings({ host: 'mail.example.com', proxy }))())
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', field: 'transport.proxy' })
    expect(error.message).toContain(message)
    expect(error.message).not.toContain('hunter2')
  })

  it('takes from loopback that it goes without TLS: a proxy’s loopback is another machine', async () => {
    expect(smtpSettings({ host: 'localhost' }).tls).toBe('opportunistic')
    expect(smtpSettings({ host: 'localhost', proxy: 'http://proxy.example.com' }).tls).toBe('starttls')
    const server = await smtp({ extensions: ['AUTH PLAIN'] })
    const proxy = await httpProxy(tunnel)
    const auth = { user: 'robot', pass: 'hunter2' }
    const transport = { host: 'localhost', port: server.port, auth, proxy: `http://${proxy.address}` }
    expect(await errorOf(deliver({ transport })(mail(), {}))).toMatchObject({ code: 'TLS_FAILED' })
    expect(server.commands('AUTH')).toEqual([])
  })
})

describe('transport.localAddress', () => {
  it('is where connections come from, also those to a proxy', async () => {
    const from: (string | undefined)[] = []
    const address = await tcp((socket) => {
      from.push(socket.remoteAddress)
      socket.end()
    })
    const [host = '', port] = address.split(':')
    const local = { localAddress: '127.0.0.9', tls: 'none' } as const
    for (const transport of [
      { host, port: Number(port), ...local },
      { host: 'mail.test', proxy: `http://${address}`, ...local },
    ])
      await errorOf(deliver({ transport })(mail(), {}))
    await checkTransport({ host, port: Number(port), ...local }, {})
    expect(from).toEqual(['127.0.0.9', '127.0.0.9', '127.0.0.9'])
  })

  it('has to be an address, and one of this machine', async () => {
    const error = await errorOf((async () => smtpSettings({ host: 'a', localAddress: 'eth0' }))())
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', field: 'transport.localAddress' })
    const transport = { host: '127.0.0.1', port: 25, localAddress: '192.0.2.1' }
    const failure = await errorOf(deliver({ transport })(mail(), {}))
    expect(failure).toMatchObject({ code: 'CONNECTION_FAILED' })
    expect(failure.message).toContain('transport.localAddress')
  })
})
