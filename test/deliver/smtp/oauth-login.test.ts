import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkTransport } from '../../../src/deliver/check.js'
import { deliver } from '../../../src/deliver/deliver.js'
import type { SmtpOptions } from '../../../src/deliver/smtp/options.js'
import { startAuthorizationServer, type TestAuthorizationServer } from '../../peers/authorization-server.js'
import { type Script, startScriptedServer } from '../../peers/scripted-server.js'
import { errorOf, mail } from '../mails.js'

const user = 'soc@example.com'
const cleanup: (() => Promise<void>)[] = []
let tokens: TestAuthorizationServer
beforeEach(async () => {
  tokens = await startAuthorizationServer(user)
  cleanup.push(tokens.stop)
})
afterEach(async () => {
  for (const stop of cleanup.splice(0).reverse()) await stop()
})

/** A server that knows only tokens and passwords that are good; a bad token is told of by a challenge, as RFC 7628 asks. */
function knowing(password: string | null): Script['auth'] {
  return (socket, line) => {
    const [verb, mechanism, response = ''] = line.split(' ')
    if (verb !== 'AUTH') return socket.write('535 5.7.8 Wrong\r\n')
    const words = Buffer.from(response, 'base64').toString()
    const token = /auth=Bearer (\S+?) /.exec(words.replaceAll('\x01', ' '))?.[1]
    const good = token === undefined ? words.endsWith(`\0${password}`) : tokens.accessTokens.has(token)
    if (good) return socket.write('235 2.7.0 Ok\r\n')
    return socket.write(mechanism === 'PLAIN' ? '535 5.7.8 No\r\n' : '334 eyJzdGF0dXMiOiI0MDEifQ==\r\n')
  }
}

async function against(offered: string, options: Partial<SmtpOptions>, auth = knowing('right')) {
  const server = await startScriptedServer({ extensions: [`AUTH ${offered}`], auth })
  const transport = { host: '127.0.0.1', port: server.port, auth: { user }, ...options }
  const send = deliver({ transport })
  cleanup.push(server.stop, send.close)
  return { server, send, transport }
}

const oauth = () => ({ clientId: 'id', tokenUrl: `${tokens.url}/token`, refreshToken: tokens.refreshToken() })

describe('a token', () => {
  it.each([
    ['XOAUTH2', /^user=soc@example\.com;auth=Bearer \S+;;$/],
    ['OAUTHBEARER', /^n,a=soc@example\.com,;host=127\.0\.0\.1;port=\d+;auth=Bearer \S+;;$/],
  ])('goes by %s', async (mechanism, words) => {
    const { server, send, transport } = await against(mechanism, { oauth: oauth() })
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
    const [, , response = ''] = server.commands('AUTH')[0]?.split(' ') ?? []
    expect(Buffer.from(response, 'base64').toString().replaceAll('\x01', ';')).toMatch(words)
    const { steps } = await checkTransport({ ...transport, oauth: oauth() }, {})
    expect(steps.at(-1)?.message).toBe(`"${user}" is logged in by ${mechanism}`)
  })

  it.each(['XOAUTH2', 'OAUTHBEARER'])(
    'that is refused by a challenge (%s) is replaced once, and the verdict counts',
    async (mechanism) => {
      const { server, send } = await against(mechanism, { oauth: oauth() })
      await send(mail(), {})
      await send.close()
      tokens.revoke()
      const again = await against(mechanism, {
        oauth: { getToken: async () => tokens.requests.length.toString().padStart(9, 'x') },
      })
      const error = await errorOf(again.send(mail(), {}))
      expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', temporary: false })
      expect(error.message).toContain('refused the access token: 535 5.7.8 Wrong')
      expect(again.server.commands('AUTH')).toHaveLength(1)
      expect(again.server.commands('MAIL')).toEqual([])
      expect(server.commands('AUTH')).toHaveLength(1)
    },
  )

  it.each([
    ['XOAUTH2', ''],
    ['OAUTHBEARER', 'AQ=='],
  ])(
    'that is refused by a challenge (%s) answers it by %j (RFC 7628, section 3.2.3)',
    async (mechanism, answer) => {
      const { server, send } = await against(mechanism, { oauth: { getToken: async () => 'bad-token' } })
      expect((await errorOf(send(mail(), {}))).code).toBe('AUTHENTICATION_FAILED')
      const [, login, then] = server.sessions[0] ?? []
      expect(login).toMatch(/^AUTH /)
      expect(then).toBe(answer)
    },
  )

  it('goes by OAUTHBEARER for a user in whose name are signs of its own (RFC 5801, section 4)', async () => {
    const { server, send } = await against('OAUTHBEARER', { oauth: oauth(), auth: { user: 'a=b,c' } })
    await send(mail(), {})
    const [, , response = ''] = server.commands('AUTH')[0]?.split(' ') ?? []
    expect(Buffer.from(response, 'base64').toString().replaceAll('\x01', ';')).toMatch(
      /^n,a=a=3Db=2Cc,;host=/,
    )
  })

  it('that was withdrawn before its time is replaced, and the mail goes on', async () => {
    let first = true
    const lenient = knowing('right')
    const { server, send } = await against('XOAUTH2', { oauth: oauth() }, (socket, line) => {
      if (first && line.startsWith('AUTH')) {
        first = false
        tokens.revoke()
      }
      if (typeof lenient === 'function') lenient(socket, line)
    })
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
    expect(server.commands('AUTH')).toHaveLength(2)
    expect(tokens.requests).toHaveLength(2)
  })

  it('that is refused for now is no worse than it was: it is not replaced', async () => {
    const { server, send } = await against('XOAUTH2', { oauth: oauth() }, '454 4.7.0 Not now')
    const error = await errorOf(send(mail(), {}))
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', temporary: true })
    expect(tokens.requests).toHaveLength(1)
    expect(server.commands('AUTH')).toHaveLength(1)
  })

  it.each([[{}], [{ pass: 'right' }]])(
    'that is refused by a server that says good-bye is not followed by anything: %j',
    async (password) => {
      const { server, send } = await against(
        'XOAUTH2 PLAIN',
        { oauth: oauth(), auth: { user, ...password }, allowUnauthenticated: true },
        '535 5.7.8 Wrong\r\n421 4.7.0 Too many errors',
      )
      const error = await errorOf(send(mail(), {}))
      expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED' })
      expect(error.message).toContain('refused the access token: 535 5.7.8 Wrong')
      expect(tokens.requests).toHaveLength(1)
      expect(server.commands('AUTH')).toHaveLength(1)
      expect(server.commands('MAIL')).toEqual([])
    },
  )

  it('is in no error, whatever the server repeats of it', async () => {
    const { send } = await against(
      'XOAUTH2',
      { oauth: { getToken: async () => 'hunter2-token' } },
      (socket, line) => {
        const words = Buffer.from(line.split(' ')[2] ?? '', 'base64')
          .toString()
          .replaceAll('\x01', ' ')
        socket.write(`535 5.7.8 ${line} ${words}\r\n`)
      },
    )
    const error = await errorOf(send(mail(), {}))
    const told = [error.message, error.stack, JSON.stringify(error), String(error.cause)].join('\n')
    expect(told).not.toContain('hunter2')
    expect(told).not.toContain(Buffer.from('hunter2-token').toString('base64').slice(0, -4))
  })
})

describe('authType', () => {
  it('automatic takes the token, then the password, and tells of each failure in order', async () => {
    tokens.failNext(400, '{"error":"invalid_grant"}')
    const right = await against('PLAIN XOAUTH2', { oauth: oauth(), auth: { user, pass: 'right' } })
    expect(await right.send(mail(), {})).toMatchObject({ outcome: 'sent' })
    expect(right.server.commands('AUTH')).toEqual([expect.stringMatching(/^AUTH PLAIN/)])
    tokens.failNext(400, '{"error":"invalid_grant"}')
    const wrong = await against('XOAUTH2 PLAIN', { oauth: oauth(), auth: { user, pass: 'wrong' } })
    const error = await errorOf(wrong.send(mail(), {}))
    expect(error.message).toMatch(
      /^first .*invalid_grant.*; then .* refused the user name and password: 535 5\.7\.8 No/,
    )
    expect(wrong.server.commands('MAIL')).toEqual([])
    const check = await checkTransport({ ...right.transport, oauth: { getToken: async () => 'bad' } }, {})
    expect(check.steps.at(-1)?.message).toMatch(
      /refused the access token.*; then "soc@example\.com" is logged in by PLAIN$/,
    )
  })

  it('automatic does not take the password where the file of the token is missing', async () => {
    const { server, send } = await against('XOAUTH2 PLAIN', {
      oauth: { clientId: 'id', tokenUrl: `${tokens.url}/token`, refreshTokenFile: '/nowhere/token' },
      ...{ auth: { user, pass: 'right' }, allowUnauthenticated: true },
    })
    expect((await errorOf(send(mail(), {}))).code).toBe('FILE_NOT_FOUND')
    expect(server.commands('AUTH')).toEqual([])
    expect(server.commands('MAIL')).toEqual([])
  })

  it.each([
    ['454 4.7.0 Not now', true],
    ['535 5.7.8 No', false],
  ])('automatic fails temporarily only where all may pass: a password with %s', async (reply, temporary) => {
    const auth = { user, pass: 'right' }
    const { send } = await against('XOAUTH2 PLAIN', { oauth: oauth(), auth }, (socket, line) =>
      socket.write(`${line.startsWith('AUTH PLAIN') ? reply : '454 4.7.0 Not now'}\r\n`),
    )
    const error = await errorOf(send(mail(), {}))
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', temporary })
    expect(error.message).toMatch(/^first .* refused the access token: 454.*; then .*: \d{3} /)
  })

  it('goes on unauthenticated only where that is allowed, and every report warns', async () => {
    const auth = { user, pass: 'wrong' }
    const allowed = await against('PLAIN', { auth, allowUnauthenticated: true })
    const report = await allowed.send(mail(), {})
    expect(report.outcome).toBe('sent')
    expect(report.warnings.map(({ code }) => code)).toContain('UNAUTHENTICATED_ALLOWED')
    const refused = await against('PLAIN', { auth })
    expect((await errorOf(refused.send(mail(), {}))).code).toBe('AUTHENTICATION_FAILED')
    expect(refused.server.commands('MAIL')).toEqual([])
  })

  it.each(['basic', 'oauth', 'none'] as const)('%s tries nothing else', async (authType) => {
    const { server, send } = await against('XOAUTH2 PLAIN', {
      ...{ authType, oauth: oauth(), auth: { user, pass: 'right' } },
    })
    await send(mail(), {})
    const expected = { basic: [/^AUTH PLAIN/], oauth: [/^AUTH XOAUTH2/], none: [] }[authType]
    expect(server.commands('AUTH')).toEqual(expected.map((line) => expect.stringMatching(line)))
  })

  it.each<[object, string]>([
    [{ authType: 'basic', auth: { user } }, 'transport.auth.pass is missing; authType basic needs it'],
    [{ authType: 'basic' }, 'transport.auth.user and transport.auth.pass is missing'],
    [{ authType: 'oauth', auth: { user } }, 'transport.oauth is missing; authType oauth needs it'],
    [{ auth: { user } }, 'transport.auth.pass is missing; leave auth out'],
    [
      { oauth: { clientId: 'x', tokenUrl: 'https://a/' } },
      'transport.auth.user and transport.oauth.refreshToken (or',
    ],
    [{ authType: 'passwordless' }, "transport.authType is 'automatic', 'oauth', 'basic' or 'none'"],
    [{ authMechanism: 'NTLM' }, "transport.authMechanism is 'PLAIN'"],
  ])('%j names what is missing or wrong', (options, message) => {
    expect(() => deliver({ transport: { host: 'a', ...options } })).toThrow(message)
  })

  it('uses the mechanism that is named, and no other', async () => {
    const auth = { user, pass: 'right' }
    const login = await against('PLAIN LOGIN', { auth, authMechanism: 'CRAM-MD5' })
    const error = await errorOf(login.send(mail(), {}))
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED' })
    expect(error.message).toContain('offers only PLAIN, LOGIN')
    expect(login.server.commands('AUTH')).toEqual([])
  })
})

describe('a token over an unprotected connection', () => {
  it('goes nowhere: a server without STARTTLS is told nothing', async () => {
    const { server, send } = await against('XOAUTH2', { oauth: oauth(), tls: 'starttls' })
    expect((await errorOf(send(mail(), {}))).code).toBe('TLS_FAILED')
    expect(server.commands('AUTH')).toEqual([])
    expect(tokens.requests).toEqual([])
  })
})
