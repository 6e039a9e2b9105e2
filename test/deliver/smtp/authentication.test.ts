import { afterEach, describe, expect, it } from 'vitest'
import { deliver } from '../../../src/deliver/deliver.js'
import { maskOf } from '../../../src/secrets.js'
import { type Script, startScriptedServer } from '../../peers/scripted-server.js'
import { errorOf, failureOf, mail } from '../mails.js'

const auth = { user: 'soc@example.com', pass: 'pa$$ w(o)rd+ü' }
const forms = [
  auth.pass,
  Buffer.from(auth.pass).toString('base64'),
  Buffer.from(`\0${auth.user}\0${auth.pass}`).toString('base64'),
]

const cleanup: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of cleanup.splice(0).reverse()) await stop()
})

async function against(script: Script) {
  const server = await startScriptedServer(script)
  const send = deliver({ transport: { host: '127.0.0.1', port: server.port, auth } })
  cleanup.push(server.stop, send.close)
  return { server, send }
}

/** An error with all that someone might print of it. */
function everything(error: Error): string {
  const cause = error.cause instanceof Error ? everything(error.cause) : String(error.cause)
  return [error.message, error.stack, JSON.stringify(error), JSON.stringify({ ...error }), cause].join('\n')
}

describe('authentication', () => {
  it.each([['PLAIN'], ['LOGIN']])('by %s comes before the mail', async (mechanism) => {
    const steps = ['334 VXNlcm5hbWU6', '334 UGFzc3dvcmQ6', '235 2.7.0 Ok']
    const login: Script['auth'] = (socket) => socket.write(`${steps.shift()}\r\n`)
    const { server, send } = await against({
      extensions: [`AUTH ${mechanism}`],
      ...(mechanism === 'LOGIN' && { auth: login }),
    })
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
    const session = server.sessions[0] ?? []
    expect(session[1]).toMatch(new RegExp(`^AUTH ${mechanism}`))
    expect(session.indexOf('MAIL FROM:<soc@example.com>')).toBeGreaterThan(1)
  })

  it.each([
    [300, 1],
    [3_000, 2],
  ])(
    'by a secret of %d letters goes in a line that a command may have (RFC 4954, section 4): %d lines',
    async (length, count) => {
      const pass = 'x'.repeat(length)
      const steps = [...Array(count - 1).fill('334 '), '235 2.7.0 Ok']
      const server = await startScriptedServer({
        extensions: ['AUTH PLAIN'],
        auth: (socket) => socket.write(`${steps.shift()}\r\n`),
      })
      const send = deliver({
        transport: { host: '127.0.0.1', port: server.port, auth: { user: 'soc', pass } },
      })
      cleanup.push(server.stop, send.close)
      expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
      const [, ...lines] = server.sessions[0] ?? []
      expect(lines.indexOf('MAIL FROM:<soc@example.com>')).toBe(count)
      expect(lines[0]?.length).toBeLessThanOrEqual(510)
      const response = lines[count - 1]?.replace('AUTH PLAIN ', '') ?? ''
      expect(Buffer.from(response, 'base64').toString()).toBe(`\0soc\0${pass}`)
    },
  )

  it('by CRAM-MD5 answers the challenge without the password (RFC 2195, section 2)', async () => {
    const credentials = { user: 'tim', pass: 'tanstaaftanstaaf' }
    const steps = ['334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+', '235 2.7.0 Ok']
    const server = await startScriptedServer({
      extensions: ['AUTH CRAM-MD5'],
      auth: (socket) => socket.write(`${steps.shift()}\r\n`),
    })
    const send = deliver({ transport: { host: '127.0.0.1', port: server.port, auth: credentials } })
    cleanup.push(server.stop, send.close)
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
    const [, command, answer = ''] = server.sessions[0] ?? []
    expect(command).toBe('AUTH CRAM-MD5')
    expect(Buffer.from(answer, 'base64').toString()).toBe('tim b913a602c7eda7a495b4e6e7334d3890')
  })

  it.each([
    ['PLAIN', '334 \r\n', ['*']],
    ['LOGIN', '235 2.7.0 Ok\r\n', []],
  ])('by %s that the server does not follow through is none', async (mechanism, first, then) => {
    const replies = [first, '501 5.7.0 Broken off\r\n']
    const { server, send } = await against({
      extensions: [`AUTH ${mechanism}`],
      auth: (socket) => socket.write(replies.shift() ?? ''),
    })
    const error = await errorOf(send(mail(), {}))
    expect(['AUTHENTICATION_FAILED', 'PROTOCOL_ERROR']).toContain(error.code)
    expect(server.sessions[0]?.slice(2)).toEqual(then)
    expect(server.commands('MAIL')).toEqual([])
  })

  it.each([
    ['535 5.7.8 Wrong', false, 'check transport.auth'],
    ['454 4.7.0 Not now', true, 'try again later'],
  ])('that is answered with %s is an error', async (reply, temporary, advice) => {
    const { server, send } = await against({ extensions: ['AUTH PLAIN'], auth: reply })
    const error = await errorOf(send(mail(), {}))
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', temporary, report: null })
    expect(error.message).toContain(`${reply}; ${advice}`)
    expect(server.commands('MAIL')).toEqual([])
    expect(server.sessions).toHaveLength(1)
  })

  it.each(['250 2.0.0 Ok', '334 ', '220 Welcome'])('that is answered with %j is none', async (reply) => {
    const { server, send } = await against({ extensions: ['AUTH PLAIN'], auth: reply })
    expect((await errorOf(send(mail(), {}))).code).toBe('PROTOCOL_ERROR')
    expect(server.commands('MAIL')).toEqual([])
  })

  it.each([
    ['nothing', []],
    ['only what a password is no use for', ['AUTH GSSAPI EXTERNAL']],
  ])('is never left out: a server that offers %s gets no mail', async (_, extensions) => {
    const { server, send } = await against({ extensions })
    expect((await errorOf(send(mail(), {}))).code).toBe('AUTHENTICATION_FAILED')
    expect(server.commands('AUTH')).toEqual([])
    expect(server.commands('MAIL')).toEqual([])
  })

  it('is not tried on a server that knows only HELO', async () => {
    const { server, send } = await against({ ehlo: '502 5.5.1 What?', auth: '250 scripted.example.com' })
    expect((await errorOf(send(mail(), {}))).code).toBe('AUTHENTICATION_FAILED')
    expect(server.commands('AUTH')).toEqual([])
  })
})

describe('the password', () => {
  const echo: Script['auth'] = (socket, line) => {
    const plain = Buffer.from(line.split(' ')[2] ?? '', 'base64').toString()
    socket.write(`535 5.7.8 ${line} / ${plain.split('\0').join(' ')} / ${forms.join(' ')}\r\n`)
  }

  it('is not in the error of a server that repeats it', async () => {
    const { send } = await against({ extensions: ['AUTH PLAIN'], auth: echo })
    const error = await errorOf(send(mail(), {}))
    expect(error.code).toBe('AUTHENTICATION_FAILED')
    for (const form of forms) expect(everything(error)).not.toContain(form)
    expect(error.message).toContain('535 5.7.8')
  })

  it('is not in the report of a server that remembers it', async () => {
    const words = forms.join(' ')
    const { send } = await against({
      extensions: ['AUTH PLAIN'],
      rcpt: { 'ciso@example.com': `550 5.1.1 ${words}` },
    })
    const { error, report } = await failureOf(send(mail(), {}))
    for (const form of forms) expect(everything(error) + JSON.stringify(report)).not.toContain(form)
    const accepting = await against({ extensions: ['AUTH PLAIN'], message: `250 2.0.0 ${words}` })
    const sent = JSON.stringify(await accepting.send(mail(), {}))
    for (const form of forms) expect(sent).not.toContain(form)
  })

  it('is not in the error of a server that offers it as a mechanism', async () => {
    const server = await startScriptedServer({ extensions: ['AUTH HUNTER2-SECRET'] })
    const login = { user: 'soc', pass: 'hunter2-secret' }
    const send = deliver({ transport: { host: '127.0.0.1', port: server.port, auth: login } })
    cleanup.push(server.stop, send.close)
    const error = await errorOf(send(mail(), {}))
    expect(error.message).toContain('offers only ***')
    expect(everything(error)).not.toMatch(/hunter2/i)
  })

  it('is not in a log line', async () => {
    const lines: string[] = []
    const note = (facts: object, message?: string) => void lines.push(JSON.stringify([facts, message]))
    const logger = { debug: note, info: note, warn: note, error: note }
    const { send } = await against({ extensions: ['AUTH PLAIN'] })
    await send(mail(), { logger })
    expect(lines.length).toBeGreaterThan(0)
    for (const form of forms) expect(lines.join('\n')).not.toContain(form)
    // Nor whole addresses.
    expect(lines.join('\n')).toContain('c***@example.com')
    expect(lines.join('\n')).not.toContain('ciso@example.com')
  })

  it.each(['538 5.7.11 Encryption required', '530 5.7.0 Must issue a STARTTLS command first'])(
    'that is answered with %s is no wrong password: TLS is missing',
    async (auth) => {
      const server = await startScriptedServer({ extensions: ['AUTH PLAIN'], auth })
      const login = { auth: { user: 'soc', pass: 'hunter2' } }
      const send = deliver({ transport: { host: '127.0.0.1', port: server.port, tls: 'none', ...login } })
      cleanup.push(server.stop, send.close)
      const error = await errorOf(send(mail(), {}))
      expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', temporary: false })
      expect(error.message).toBe(
        `127.0.0.1:${server.port} lets nobody log in without TLS: ${auth}; set transport.tls: starttls`,
      )
    },
  )

  describe.each(['b', '50', 'abc', 'only', 'transport'])('that is %j', (pass) => {
    it('takes nothing out of our own words', async () => {
      const server = await startScriptedServer({ extensions: ['AUTH PLAIN'], auth: '535 5.7.8 Go away' })
      const send = deliver({
        transport: { host: '127.0.0.1', port: server.port, auth: { user: 'soc', pass } },
      })
      cleanup.push(server.stop, send.close)
      expect((await errorOf(send(mail(), {}))).message).toBe(
        `127.0.0.1:${server.port} refused the user name and password: 535 5.7.8 Go away; check transport.auth`,
      )
    })

    it('takes nothing out of the words of a system either', async () => {
      const server = await startScriptedServer()
      await server.stop()
      const send = deliver({
        transport: { host: '127.0.0.1', port: server.port, auth: { user: 'soc', pass } },
      })
      const error = await errorOf(send(mail(), {}))
      expect(everything(error)).not.toContain('***')
    })
  })

  it('of few letters is not told by the gaps it leaves: the reply is hidden whole', async () => {
    const mask = maskOf({ user: 'soc', pass: 'b' })
    expect(mask('Bad password "b", buddy')).toBe('***')
    expect(mask('Wrong')).toBe('Wrong')
    const server = await startScriptedServer({ extensions: ['AUTH PLAIN'], auth: '535 5.7.8 Not b' })
    const send = deliver({
      transport: { host: '127.0.0.1', port: server.port, auth: { user: 'soc', pass: 'b' } },
    })
    cleanup.push(server.stop, send.close)
    const error = await errorOf(send(mail(), {}))
    expect(error.message).toContain(': 535 5.7.8 ***; check transport.auth')
    expect(everything(error)).not.toContain('Not b')
  })

  describe.each([
    ['over two lines', '535-hunter2\r\n535 secret'],
    ['over two lines, the second with a status', '535-hunter2\r\n535 5.7.8 secret'],
    ['by a null', '535 hunter2\0secret'],
    ['within a word', '535-hun\0t\ter2  sec\r\n535 ret'],
    ['by what turns the line around', '535 hunter2\u202e \u2066secret'],
    ['by what nobody sees', '535 hun\u200bter2\u00a0sec\u00adret'],
    ['as base64 over two lines', '535-aHVudGVy\r\n535 MiBzZWNyZXQ='],
    ['across the end of what is told', `535 ${'x'.repeat(489)} hunter2 secret`],
    ['after much that is not told', `535 ${'\0'.repeat(1990)}hunter2 secret`],
  ])('that is split %s', (_, reply) => {
    const hunter = { user: 'soc', pass: 'hunter2 secret' }
    const leaked = /hunter|hun\W*t\W*er2|secret|sec\W*ret|aHVu|MiBz/

    it.each([
      ['the authentication', { auth: reply }],
      ['MAIL', { mail: reply }],
      ['RCPT', { rcpt: { 'ciso@example.com': reply } }],
      ['the final dot', { message: reply }],
      ['the final dot, which it accepts', { message: reply.replaceAll('535', '250') }],
    ])('is not in what comes of %s', async (_step, script) => {
      const server = await startScriptedServer({ extensions: ['AUTH PLAIN'], ...script })
      const transport = { host: '127.0.0.1', port: server.port, auth: hunter }
      const send = deliver({ transport })
      cleanup.push(server.stop, send.close)
      const told = await send(mail(), {}).then(JSON.stringify, (error) =>
        [everything(error), JSON.stringify(error.report)].join('\n'),
      )
      expect(told).not.toMatch(leaked)
      expect(told).toMatch(/\*\*\*|\.\.\./)
    })
  })

  it.each([4_000, 40_000])('of %d letters is hidden as well', async (length) => {
    const pass = `hunter2${'x'.repeat(length)}secret`
    const server = await startScriptedServer({ extensions: ['AUTH LOGIN'], auth: `535 5.7.8 No ${pass}` })
    const send = deliver({ transport: { host: '127.0.0.1', port: server.port, auth: { user: 'soc', pass } } })
    cleanup.push(server.stop, send.close)
    const error = await errorOf(send(mail(), {}))
    expect(error.code).toBe('AUTHENTICATION_FAILED')
    expect(error.message).toContain('535 5.7.8 No ***')
    expect(everything(error)).not.toMatch(/hunter|xxx|secret/)
  })

  it('does not change the code of a reply that it looks like', async () => {
    const server = await startScriptedServer({ extensions: ['AUTH PLAIN'], mail: '550 5.7.1 No' })
    const transport = { host: '127.0.0.1', port: server.port, auth: { user: 'soc', pass: '5505' } }
    const send = deliver({ transport })
    cleanup.push(server.stop, send.close)
    const { report } = await failureOf(send(mail(), {}))
    expect(report.rejected).toMatchObject([{ code: 550, enhancedCode: '5.7.1', temporary: false }])
  })

  it('is hidden wherever it begins within a longer base64 text', () => {
    const pass = 'correct horse battery'
    const mask = maskOf({ user: 'soc', pass })
    for (const before of ['', 'a', 'ab', 'abc']) {
      const blob = Buffer.from(`${before}${pass}tail`).toString('base64')
      const rest = mask(blob).replaceAll('***', '')
      expect(Buffer.from(rest, 'base64').toString()).not.toContain('horse')
    }
  })
})
