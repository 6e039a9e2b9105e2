import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { checkTransport } from '../../../src/deliver/check.js'
import { deliver } from '../../../src/deliver/deliver.js'
import { ACCEPTED, type Answer, startGraph, status } from '../../peers/graph.js'
import { delivery, errorOf, failureOf, mail, mailTo } from '../mails.js'

const cleanup: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of cleanup.splice(0).reverse()) await stop()
})

async function graph(answers?: readonly Answer[]) {
  const server = await startGraph(answers)
  cleanup.push(server.stop)
  return server
}

describe('Microsoft Graph (a stand-in)', () => {
  it('gets the finished message in base64, with a token of the application', async () => {
    const { posts, grants, transport } = await graph()
    const report = await deliver({ transport: transport() })(mail(), {})
    expect(report).toMatchObject({
      outcome: 'sent',
      accepted: ['ciso@example.com'],
      serverResponse: '202, request 4f1e50e8',
    })
    expect(posts).toMatchObject([
      { path: '/v1.0/users/soc%40example.com/sendMail', type: 'text/plain', token: 'Bearer token-1' },
    ])
    expect(posts[0]?.body).toMatch(/^[A-Za-z0-9+/]+=*$/)
    expect(posts[0]?.message).toMatch(/^From: SOC <soc@example\.com>\r\nTo: ciso@example\.com\r\n/)
    expect(posts[0]?.message).toMatch(/\r\n\r\nAll quiet\.\r\n\.a line with a dot\r\n$/)
    expect(Object.fromEntries(grants[0] ?? [])).toMatchObject({
      grant_type: 'client_credentials',
      scope: 'https://graph.microsoft.com/.default',
    })
  })

  it('has no way to ask for notifications, and gets no mail that requires them', async () => {
    const { posts, transport } = await graph()
    const dsn = { notify: ['failure'], return: 'headers', envelopeId: null, required: true } as const
    const send = deliver({ transport: transport() })
    expect(await errorOf(send(mail({ dsn }), {}))).toMatchObject({ code: 'DSN_UNSUPPORTED' })
    expect(posts).toEqual([])
    expect((await send(mail({ dsn: { ...dsn, required: false } }), {})).warnings).toMatchObject([
      { code: 'DSN_UNSUPPORTED' },
    ])
  })

  it('is asked for /me with a delegated token, and with a user name and password', async () => {
    const { posts, grants, transport } = await graph()
    await deliver({ transport: transport({ refreshToken: 'r' }, '') })(mail(), {})
    await deliver({ transport: transport({ username: 'soc@example.com', password: 'pass-word' }, '') })(
      mail(),
      {},
    )
    expect(posts.map(({ path }) => path)).toEqual(['/v1.0/me/sendMail', '/v1.0/me/sendMail'])
    expect(Object.fromEntries(grants[0] ?? [])).toMatchObject({ grant_type: 'refresh_token' })
    expect(Object.fromEntries(grants[1] ?? [])).toMatchObject({
      grant_type: 'password',
      username: 'soc@example.com',
      password: 'pass-word',
    })
  })

  it('is given the recipients in the message: blind ones in Bcc, and nobody who is not to get this copy', async () => {
    const { posts, transport } = await graph()
    const send = deliver({ transport: transport() })
    await send(mailTo('ciso@example.com', 'bcc:blind@example.com'), {})
    expect(posts[0]?.message).toMatch(/\r\nTo: ciso@example\.com\r\n(?:.*\r\n)*Bcc: blind@example\.com\r\n/)
    const copies = [
      delivery('For all.\r\n', 'ciso@example.com'),
      delivery('Secret.\r\n', 'bcc:blind@example.com'),
    ]
    await send(mail({ deliveries: copies }), {})
    expect(posts[1]?.message).not.toContain('blind@example.com')
    expect(posts[2]?.message).toContain('\r\nBcc: blind@example.com\r\n')
    expect(posts[2]?.message).not.toMatch(/^(?:To|Cc): /m)
    const display = mail({ headers: [{ name: 'To', value: 'team: a@evil.example, b@evil.example;' }] })
    await send(display, {})
    expect(posts[3]?.message).not.toContain('evil.example')
    const names = ['Resent-To', 'Resent-Cc', 'Resent-Bcc', 'Apparently-To']
    await send(mail({ headers: names.map((name) => ({ name, value: 'c@evil.example' })) }), {})
    expect(posts[4]?.message).not.toContain('evil.example')
    expect(posts[4]?.message).toContain('ciso@example.com')
  })

  it('that no longer takes a token is asked once more with a new one', async () => {
    const { posts, transport } = await graph([status(401), ACCEPTED])
    expect(await deliver({ transport: transport() })(mail(), {})).toMatchObject({ outcome: 'sent' })
    expect(posts.map(({ token }) => token)).toEqual(['Bearer token-1', 'Bearer token-2'])
  })

  it.each<[number, string, boolean]>([
    [400, 'RECIPIENTS_REFUSED', false],
    [401, 'AUTHENTICATION_FAILED', false],
    [403, 'AUTHENTICATION_FAILED', false],
    [404, 'TRANSPORT_FAILED', false],
    [413, 'RECIPIENTS_REFUSED', false],
    [429, 'TRANSPORT_FAILED', true],
    [503, 'TRANSPORT_FAILED', true],
    [500, 'OUTCOME_UNKNOWN', false],
    [504, 'OUTCOME_UNKNOWN', false],
    [307, 'PROTOCOL_ERROR', false],
  ])('that answers %i means %s', async (code, expected, temporary) => {
    const said = { code: 'ErrorSaid', message: 'because\u001b[2J of this: token-1' }
    const { transport } = await graph([status(code, { location: 'http://127.0.0.1:1/' }, said)])
    const { error, report } = await failureOf(deliver({ transport: transport() })(mail(), {}))
    expect(error).toMatchObject({ code: expected, temporary })
    expect(error.message).not.toContain('\u001b')
    expect(JSON.stringify({ error, report })).not.toContain('token-')
    expect(`${error.message}${JSON.stringify(report)}`).toContain('ErrorSaid')
  })

  it('that asks to come back later is left alone for so long, and no longer than there is time', async () => {
    const { posts, transport } = await graph([status(429, { 'Retry-After': '1' }), ACCEPTED])
    const send = deliver({ transport: transport(), retry: { delay: 1 } })
    const started = performance.now()
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
    expect(performance.now() - started).toBeGreaterThan(950)
    expect(posts).toHaveLength(2)
    const busy = await graph([status(503, { 'Retry-After': '3600' })])
    const patient = deliver({ transport: busy.transport(), retry: { delay: 1, maxDelay: 4_000_000 } })
    await failureOf(patient(mail(), { deadline: performance.now() + 10_000 }))
    expect(busy.posts).toHaveLength(1)
  })

  it('that breaks off without an answer leaves the outcome unknown, and is not asked again', async () => {
    const { posts, transport } = await graph([(request) => void request.socket.destroy()])
    const send = deliver({ transport: transport(), retry: { delay: 1 } })
    expect((await failureOf(send(mail(), {}))).error.code).toBe('OUTCOME_UNKNOWN')
    expect(posts).toHaveLength(1)
  })

  it('that is still silent when the time is up leaves the outcome unknown', async () => {
    const controller = new AbortController()
    const { transport } = await graph([() => controller.abort()])
    const sent = deliver({ transport: transport() })(mail(), { signal: controller.signal })
    expect((await failureOf(sent)).error.code).toBe('OUTCOME_UNKNOWN')
  })

  it('that cannot be reached certainly has nothing', async () => {
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const baseUrl = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`
    closed.close()
    const transport = { graph: { baseUrl, oauth: { getToken: async () => 'token' } } }
    const { error } = await failureOf(deliver({ transport })(mail(), {}))
    expect(error).toMatchObject({
      code: 'CONNECTION_FAILED',
      temporary: true,
    })
  })

  it('is not asked about a message of more than 4 MB', async () => {
    const { posts, transport } = await graph()
    const large = mail({ deliveries: [delivery(`${'x'.repeat(70)}\r\n`.repeat(50_000), 'ciso@example.com')] })
    const { error, report } = await failureOf(deliver({ transport: transport() })(large, {}))
    expect(error.code).toBe('RECIPIENTS_REFUSED')
    expect(report.rejected).toMatchObject([{ code: 552, enhancedCode: '5.3.4', temporary: false }])
    expect(posts).toEqual([])
  })

  it('is checked by a token, and nothing is sent', async () => {
    const { posts, transport } = await graph()
    expect(await checkTransport(transport(), {})).toMatchObject({ ok: true, steps: [{ step: 'graph' }] })
    expect(posts).toEqual([])
  })

  it.each<[object, string]>([
    [{ user: 'a/../../me', oauth: {} }, 'transport.graph.user'],
    [{ user: '..', oauth: {} }, 'transport.graph.user'],
    [{ baseUrl: 'http://graph.example.com', oauth: { clientId: 'a' } }, 'transport.graph.baseUrl'],
    [{ oauth: { clientID: 'a' } }, 'transport.graph.oauth.clientID'],
    [{ usr: 'a', oauth: {} }, 'transport.graph.usr'],
  ])('refuses %j', (options, field) => {
    expect(() => deliver({ transport: { graph: options } as never })).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG', field }),
    )
  })
})
