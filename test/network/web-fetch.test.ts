import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { checkTransport } from '../../src/deliver/check.js'
import { deliver } from '../../src/deliver/deliver.js'
import type { GraphOptions } from '../../src/deliver/graph/settings.js'
import { knownTransport, type Transport } from '../../src/deliver/transport.js'
import type { OAuthOptions } from '../../src/oauth/oauth-options.js'
import { errorOf, failureOf, mail } from '../deliver/mails.js'
import { type Certificates, makeCertificates } from '../deliver/smtp/certificates.js'
import { startAuthorizationServer, type TestAuthorizationServer } from '../peers/authorization-server.js'
import { freePort } from '../peers/daemon.js'
import { ACCEPTED, type Answer, startGraph } from '../peers/graph.js'
import {
  answer,
  type ProxyAnswer,
  silentTunnel,
  startHttpProxy,
  startSocksProxy,
  tunnel,
} from '../peers/proxy.js'
import { startScriptedServer } from '../peers/scripted-server.js'
import { describeWith } from '../setup/with-peer.js'

let certificates: Certificates
let folder: string
beforeAll(async () => {
  certificates = makeCertificates()
  folder = await mkdtemp(join(tmpdir(), 'web-fetch-'))
})
afterAll(async () => {
  certificates.remove()
  await rm(folder, { recursive: true })
})

const cleanup: (() => Promise<unknown>)[] = []
let tokens: TestAuthorizationServer
beforeEach(async () => {
  tokens = await startAuthorizationServer('soc@example.com', 3600, certificates.good)
  cleanup.push(tokens.stop)
})
afterEach(async () => {
  for (const stop of cleanup.splice(0).reverse()) await stop()
})

const kept = <T extends { stop(): Promise<unknown> }>(peer: T): T => {
  cleanup.push(peer.stop)
  return peer
}
const httpProxy = async (does: ProxyAnswer = silentTunnel, credentials?: string) =>
  kept(await startHttpProxy(does, credentials))
const graph = async (answers?: readonly Answer[]) => kept(await startGraph(answers, certificates.good))

const oauth = (options: OAuthOptions = {}): OAuthOptions => ({
  ...{ clientId: 'id', clientSecret: 'secret', caFile: certificates.caFile },
  ...{ tokenUrl: `${tokens.url.replace('127.0.0.1', 'token.test')}/token`, ...options },
})

/** A server that takes the token that is good, or the password `right`. */
async function smtp() {
  return kept(
    await startScriptedServer({
      extensions: ['AUTH XOAUTH2 PLAIN'],
      auth: (socket, line) => {
        const words = Buffer.from(line.split(' ')[2] ?? '', 'base64').toString()
        const token = /auth=Bearer (\S+?) /.exec(words.replaceAll('\x01', ' '))?.[1]
        const good = token === undefined ? words.endsWith('\0right') : tokens.accessTokens.has(token)
        socket.write(good ? '235 2.7.0 Ok\r\n' : '535 5.7.8 No\r\n')
      },
    }),
  )
}

describe('a token for SMTP', () => {
  it('is asked for through the proxy of the transport, which sees nothing of it', async () => {
    const server = await smtp()
    const proxy = await httpProxy(
      (request, client) => (request.url?.startsWith('mail') ? tunnel : silentTunnel)(request, client),
      'robot:p@ss',
    )
    const transport: Transport = {
      ...{ host: 'mail.test', port: server.port, tls: 'none', auth: { user: 'soc@example.com' } },
      ...{ proxy: `http://robot:p%40ss@${proxy.address}` },
      oauth: oauth({ tokenUrl: `${tokens.url.replace('127.0.0.1', 'localhost')}/token` }),
    }
    expect(await deliver({ transport })(mail(), {})).toMatchObject({ outcome: 'sent' })
    expect(proxy.asked.map(({ url }) => url)).toEqual([
      `mail.test:${server.port}`,
      `localhost:${new URL(tokens.url).port}`,
    ])
    expect(tokens.requests.map((request) => request.get('client_secret'))).toEqual(['secret'])
    const passed = proxy.passed().toString('latin1')
    expect(passed).toContain('AUTH XOAUTH2')
    expect(passed).not.toContain('client_secret')
  })

  it('takes a proxy of its own, or none, where oauth.proxy says so', async () => {
    const server = await smtp()
    const [forMail, forTokens] = [await httpProxy(tunnel), await httpProxy()]
    const tokenUrl = `${tokens.url}/token`
    const base = {
      host: '127.0.0.1',
      port: server.port,
      tls: 'none',
      auth: { user: 'soc@example.com' },
    } as const
    const own = oauth({ tokenUrl, proxy: `http://${forTokens.address}` })
    expect(await deliver({ transport: { ...base, oauth: own } })(mail(), {})).toMatchObject({
      outcome: 'sent',
    })
    expect(forTokens.asked).toHaveLength(1)
    const proxy = `http://${forMail.address}`
    const direct = { ...base, proxy, oauth: oauth({ tokenUrl, proxy: 'none' }) }
    expect(await deliver({ transport: direct })(mail(), {})).toMatchObject({ outcome: 'sent' })
    expect(forMail.asked.map(({ url }) => url)).toEqual([`127.0.0.1:${server.port}`])
    expect(tokens.requests).toHaveLength(2)
  })

  it('that cannot be had for its proxy leaves the password, and each failure is told in order', async () => {
    const server = await smtp()
    const port = await freePort()
    const transport = (pass: string) => ({
      ...{ host: '127.0.0.1', port: server.port, auth: { user: 'soc@example.com', pass } },
      oauth: oauth({ proxy: `http://robot:hunter2@127.0.0.1:${port}` }),
    })
    expect(await deliver({ transport: transport('right') })(mail(), {})).toMatchObject({ outcome: 'sent' })
    const error = await errorOf(deliver({ transport: transport('wrong') })(mail(), {}))
    expect(error.code).toBe('AUTHENTICATION_FAILED')
    expect(error.message).toContain(
      `first token.test:${new URL(tokens.url).port} could not be asked for a token: the HTTP proxy 127.0.0.1:${port} cannot be reached (ECONNREFUSED); check transport.oauth.proxy; then `,
    )
    expect(error.message).not.toContain('hunter2')
    expect(tokens.requests).toEqual([])
  })
})

const through = (proxy: string, oauthOptions: OAuthOptions = {}): GraphOptions => ({
  graph: { baseUrl: 'https://graph.test:1', oauth: oauth(oauthOptions) },
  ...{ proxy, caFile: certificates.caFile },
})

describe('Microsoft Graph and its tokens (stand-ins)', () => {
  it('are asked through the proxy, which sees TLS and nothing in it', async () => {
    const { base, posts } = await graph()
    const proxy = await httpProxy(silentTunnel, 'robot:p@ss')
    const transport: GraphOptions = {
      ...through(`http://robot:p%40ss@${proxy.address}`),
      graph: {
        baseUrl: base,
        oauth: oauth({ tokenUrl: `${tokens.url}/token`, caFile: certificates.caFile }),
      },
    }
    expect(await deliver({ transport })(mail(), {})).toMatchObject({ outcome: 'sent' })
    expect(posts).toHaveLength(1)
    const [forToken, forGraph] = [tokens.url, base].map((url) => new URL(url).host)
    expect(proxy.asked.map(({ url }) => url)).toEqual([forToken, forGraph])
    expect(proxy.passed().toString('latin1')).not.toMatch(/client_secret|Bearer|POST/)
    const { steps } = await checkTransport(transport, {})
    expect(steps[0]?.message).toBe(
      `a token was issued; mails are posted to ${base}/me/sendMail through the HTTP proxy ${proxy.address}`,
    )
    expect(JSON.stringify(steps)).not.toContain('p@ss')
  })

  it('trust transport.caFile, and nobody else then', async () => {
    const { base, posts, transport } = await graph()
    const proxy = await httpProxy()
    const { graph: own } = transport()
    for (const way of [{}, { proxy: `http://${proxy.address}` }]) {
      const error = await errorOf(deliver({ transport: { graph: own, ...way } })(mail(), {}))
      expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', temporary: false })
      expect(error.message).toContain("name its authority's PEM file in caFile")
      const getToken = { oauth: { getToken: async () => 'token' }, baseUrl: base }
      const { error: atGraph } = await failureOf(
        deliver({ transport: { graph: getToken, ...way } })(mail(), {}),
      )
      expect(atGraph).toMatchObject({ code: 'TLS_FAILED', temporary: false })
      expect(posts).toEqual([])
    }
    const trusting = { ...transport(), caFile: certificates.caFile }
    expect(await deliver({ transport: trusting })(mail(), {})).toMatchObject({ outcome: 'sent' })
    const missing = { ...transport(), caFile: join(folder, 'none.pem') }
    expect(await errorOf(deliver({ transport: missing })(mail(), {}))).toMatchObject({
      ...{ code: 'FILE_NOT_FOUND', field: 'transport.caFile' },
    })
  })

  it('do not take a certificate of another name or one that has expired', async () => {
    for (const [certificate, code] of [
      [certificates.expired, 'CERT_HAS_EXPIRED'],
      [certificates.elsewhere, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ] as const) {
      const { base, posts } = kept(await startGraph([ACCEPTED], certificate))
      const options = { baseUrl: base, oauth: { getToken: async () => 'token' } }
      const transport = { graph: options, caFile: certificates.caFile }
      const { error } = await failureOf(deliver({ transport })(mail(), {}))
      expect(error.code).toBe('TLS_FAILED')
      expect(error.message).toContain(`shows a certificate that is not good (${code})`)
      expect(posts).toEqual([])
    }
  })

  it.each([
    [
      'refuses credentials',
      silentTunnel,
      'AUTHENTICATION_FAILED',
      false,
      'refuses the user name or password (407',
    ],
    [
      'allows no such host',
      answer('HTTP/1.1 403 No\r\n\r\n'),
      'CONNECTION_FAILED',
      false,
      'does not connect to',
    ],
    ['is ill', answer('HTTP/1.1 502 No\r\n\r\n'), 'CONNECTION_FAILED', true, 'does not connect to'],
    ['is none', answer('220 hello\r\n'), 'PROTOCOL_ERROR', false, 'does not speak HTTP'],
  ])(
    'are not asked where the proxy %s, and the error names it',
    async (_, does, code, temporary, message) => {
      const { base, posts } = await graph()
      const proxy = await httpProxy(does, does === silentTunnel ? 'robot:right' : undefined)
      const address = `http://robot:hunter2@${proxy.address}`
      const transport: GraphOptions = { ...through(address), graph: { baseUrl: base, oauth: oauth() } }
      const forToken = await errorOf(deliver({ transport })(mail(), {}))
      expect(forToken).toMatchObject({ code: 'AUTHENTICATION_FAILED', temporary, field: 'transport.proxy' })
      const own = { ...transport, graph: { baseUrl: base, oauth: { getToken: async () => 'token' } } }
      const { error: atGraph } = await failureOf(deliver({ transport: own })(mail(), {}))
      expect(atGraph).toMatchObject({ code, temporary, field: 'transport.proxy' })
      for (const error of [forToken, atGraph]) {
        expect(error.message).toContain(message)
        expect(error.message).toContain(`the HTTP proxy ${proxy.address}`)
        expect(JSON.stringify([error, error.message])).not.toContain('hunter2')
        expect(error.message).not.toContain(Buffer.from('robot:hunter2').toString('base64'))
      }
      expect([...posts, ...tokens.requests]).toEqual([])
    },
  )

  it.each(['http', 'socks5'])('are never asked around a proxy (%s) that is down', async (scheme) => {
    const { base, posts } = await graph()
    const port = await freePort()
    const transport: GraphOptions = {
      ...through(`${scheme}://robot:hunter2@127.0.0.1:${port}`),
      graph: { baseUrl: base, oauth: oauth({ tokenUrl: `${tokens.url}/token` }) },
    }
    const error = await errorOf(deliver({ transport })(mail(), {}))
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', temporary: true, field: 'transport.proxy' })
    expect(error.message).toContain('cannot be reached (ECONNREFUSED); check transport.proxy')
    const { ok, steps } = await checkTransport(transport, {})
    expect(ok).toBe(false)
    const own = { ...transport, graph: { baseUrl: base, oauth: { getToken: async () => 'token' } } }
    const { error: atGraph } = await failureOf(deliver({ transport: own })(mail(), {}))
    expect(atGraph).toMatchObject({ code: 'CONNECTION_FAILED', temporary: true, field: 'transport.proxy' })
    expect(JSON.stringify([error, steps, atGraph])).not.toContain('hunter2')
    expect([...posts, ...tokens.requests]).toEqual([])
  })

  it('certainly got nothing where TLS was cut off, and perhaps the mail where the answer was', async () => {
    const cut = createServer((socket: Socket) => void socket.on('error', () => {}).destroy())
    cut.listen(0, '127.0.0.1')
    await once(cut, 'listening')
    cleanup.push(async () => cut.close())
    const { port } = cut.address() as AddressInfo
    const at = (baseUrl: string) => ({
      ...{ graph: { baseUrl, oauth: { getToken: async () => 'token' } }, caFile: certificates.caFile },
    })
    const before = await failureOf(deliver({ transport: at(`https://127.0.0.1:${port}`) })(mail(), {}))
    expect(before.error).toMatchObject({ code: 'CONNECTION_FAILED', temporary: true })
    const { base } = await graph([(request) => void request.socket.destroy()])
    const after = await failureOf(deliver({ transport: at(base) })(mail(), {}))
    expect(after.error.code).toBe('OUTCOME_UNKNOWN')
  })
})

describe('an answer without end', () => {
  it('is broken off, and of a mail its status counts', async () => {
    const flood: Answer = (request, response) => {
      const socket = request.socket.on('error', () => {})
      response.writeHead(403)
      const more = () => void (socket.destroyed || response.write('x'.repeat(65_536), more))
      more()
    }
    const { base } = kept(await startGraph([flood], certificates.good))
    const options = { baseUrl: base, oauth: { getToken: async () => 'token' } }
    const transport = { graph: options, caFile: certificates.caFile }
    const { error } = await failureOf(deliver({ transport })(mail(), {}))
    expect(error.code).toBe('AUTHENTICATION_FAILED')
    tokens.failNext(200, 'x'.repeat(2_000_000))
    const withToken = { graph: { baseUrl: base, oauth: oauth({ tokenUrl: `${tokens.url}/token` }) } }
    const refused = await errorOf(deliver({ transport: withToken })(mail(), {}))
    expect(refused).toMatchObject({ code: 'AUTHENTICATION_FAILED', temporary: true })
  })
})

describe('an answer of a status that is none', () => {
  it.each(['999 No', '099 No', '101 Switching Protocols'])(
    'is an error like others, and of a mail nobody knows (%s)',
    async (line) => {
      const words = `HTTP/1.1 ${line}\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n`
      const odd: Answer = (request) => void request.socket.end(words)
      const { base, posts } = await graph([odd])
      const options = { baseUrl: base, oauth: { getToken: async () => 'token' } }
      const transport = { graph: options, caFile: certificates.caFile }
      const { error } = await failureOf(deliver({ transport })(mail(), {}))
      expect(error.code).toBe('OUTCOME_UNKNOWN')
      expect(posts).toHaveLength(1)
      const withToken = {
        ...transport,
        graph: { baseUrl: base, oauth: oauth({ tokenUrl: `${base}/other` }) },
      }
      const refused = await errorOf(deliver({ transport: withToken })(mail(), {}))
      expect(refused).toMatchObject({ code: 'AUTHENTICATION_FAILED', temporary: true })
    },
  )
})

describeWith('microsocks')('a SOCKS5 proxy', () => {
  it('passes on what is asked of Graph and the token endpoint', async () => {
    const { base, posts } = await graph()
    const open = kept(await startSocksProxy(folder))
    const closed = kept(await startSocksProxy(folder, '-u', 'robot', '-P', 'p@ss'))
    const options = { baseUrl: base, oauth: oauth({ tokenUrl: `${tokens.url}/token` }) }
    for (const proxy of [`socks5://${open.address}`, `socks5h://robot:p%40ss@${closed.address}`]) {
      const transport = { graph: options, proxy, caFile: certificates.caFile }
      expect(await deliver({ transport })(mail(), {})).toMatchObject({ outcome: 'sent' })
    }
    expect([posts.length, tokens.requests.length]).toEqual([2, 2])
    const wrong = { graph: options, proxy: `socks5://robot:hunter2@${closed.address}` }
    const error = await errorOf(deliver({ transport: wrong })(mail(), {}))
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', temporary: false, field: 'transport.proxy' })
    expect(error.message).not.toContain('hunter2')
  })
})

const app: OAuthOptions = { provider: 'microsoft', clientId: 'id', clientSecret: 'secret' }

describe('a proxy and its URL', () => {
  it.each<[Transport, string]>([
    [{ graph: { oauth: app }, proxy: 'proxy:3128' }, 'transport.proxy is a URL'],
    [
      { graph: { oauth: app }, proxy: 'http://u:hunter2@p/x' },
      'transport.proxy has something after the host',
    ],
    [{ graph: { oauth: { ...app, proxy: 'ftp://u:hunter2@p' } } }, 'transport.graph.oauth.proxy is a URL'],
    [
      { host: 'a', auth: { user: 'u' }, oauth: { ...app, proxy: 'ftp://u:hunter2@p' } },
      'transport.oauth.proxy is a URL',
    ],
  ])('of %j is refused without its password', (transport, message) => {
    expect(() => knownTransport(transport)).toThrow(message)
    expect(() => knownTransport(transport)).not.toThrow('hunter2')
  })

  it('takes nothing without TLS on its way: the loopback of a proxy is another machine', () => {
    const proxy = 'http://proxy.example.com:3128'
    const local = { clientId: 'id', clientSecret: 'secret', tokenUrl: 'http://127.0.0.1:1/token' }
    const attempt = (transport: Transport) => () => knownTransport(transport)
    const smtpWith = (oauth: OAuthOptions) => ({ host: 'a', auth: { user: 'u' }, proxy, oauth })
    expect(attempt(smtpWith(local))).toThrow(
      'transport.oauth.tokenUrl must be a URL that begins with https: on the way through transport.proxy',
    )
    expect(attempt(smtpWith({ ...local, proxy: 'none' }))).not.toThrow()
    expect(
      attempt({ graph: { baseUrl: 'http://127.0.0.1:1', oauth: { getToken: async () => '' } }, proxy }),
    ).toThrow(
      'transport.graph.baseUrl must be a URL that begins with https: on the way through transport.proxy',
    )
  })
})
