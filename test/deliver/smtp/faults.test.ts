import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { checkTransport } from '../../../src/deliver/check.js'
import { deliver } from '../../../src/deliver/deliver.js'
import {
  drop,
  lastWords,
  type Script,
  type ScriptedServer,
  silence,
  startScriptedServer,
  type Turn,
  trickle,
} from '../../peers/scripted-server.js'
import { errorOf, failureOf, mail, mailTo } from '../mails.js'

const cleanup: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of cleanup.splice(0).reverse()) await stop()
})

async function against(script: Script, options: object = {}) {
  const server = await startScriptedServer(script)
  const send = deliver({ transport: { host: '127.0.0.1', port: server.port, ...options } })
  cleanup.push(server.stop, send.close)
  return { server, send }
}

/** Whatever happened: the server got the whole message once at most, and was asked for it no more often. */
function expectNoSecondTry(server: ScriptedServer) {
  expect(server.messages.length).toBeLessThanOrEqual(1)
  expect(server.commands('DATA').length).toBeLessThanOrEqual(1)
}

/** With PIPELINING all commands of the envelope go out at once, without it one by one: both must hold. */
const MANNERS = [
  { manner: 'with PIPELINING', extensions: ['PIPELINING', '8BITMIME'] },
  { manner: 'without PIPELINING', extensions: ['8BITMIME'] },
]

describe('a connection that is lost before the server was asked', () => {
  it.each([
    ['before the greeting', { greeting: drop }],
    ['after the greeting', { ehlo: drop }],
    ['in the middle of the answer to EHLO', { ehlo: lastWords('250-scripted.example.com') }],
  ])('%s is a temporary failure without a report', async (_, script) => {
    const { server, send } = await against(script)
    const error = await errorOf(send(mail(), {}))
    expect(error).toMatchObject({
      code: 'CONNECTION_FAILED',
      temporary: true,
      stage: 'deliver',
      report: null,
    })
    expect(error.messageId).toBe('<1@example.com>')
    expect(server.commands('MAIL')).toEqual([])
    expect(server.sessions).toHaveLength(1)
  })

  it('at the authentication is one too', async () => {
    const { send } = await against(
      { extensions: ['AUTH PLAIN'], auth: drop },
      { auth: { user: 'soc', pass: 'correct horse' } },
    )
    expect(await errorOf(send(mail(), {}))).toMatchObject({ code: 'CONNECTION_FAILED', temporary: true })
  })
})

describe.each(MANNERS)('a connection that is lost during the envelope, $manner', ({ extensions }) => {
  it.each([
    ['at MAIL', { mail: drop }],
    ['at RCPT', { rcpt: { 'ciso@example.com': drop } }],
    ['at DATA', { data: drop }],
  ])('%s is a temporary failure, and nothing is sent again', async (_, script) => {
    const { server, send } = await against({ extensions, ...script })
    const { error, report } = await failureOf(send(mail(), {}))
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', temporary: true })
    expect(report).toMatchObject({ outcome: 'failed', accepted: [], serverResponse: null })
    expect(report.rejected).toMatchObject([{ address: 'ciso@example.com', code: null, temporary: true }])
    expect(report.timings).toMatchObject({ render: 1, compose: 2, deliver: expect.any(Number) })
    expect(server.messages).toEqual([])
    expect(server.sessions).toHaveLength(1)
  })

  it('keeps what the server had said of each recipient', async () => {
    const rcpt = { 'no@example.com': '550 5.1.1 No such user', 'ciso@example.com': drop }
    const { send } = await against({ extensions, rcpt })
    const { error, report } = await failureOf(send(mailTo('no@example.com', 'ciso@example.com'), {}))
    // Trying again helps one of them at most.
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', temporary: false })
    expect(report.rejected).toMatchObject([
      { address: 'no@example.com', code: 550, enhancedCode: '5.1.1', temporary: false },
      { address: 'ciso@example.com', code: null, temporary: true },
    ])
  })
})

describe('a connection that is lost while the data is sent', () => {
  const large = () => mailTo('ciso@example.com')
  it('is a temporary failure: a server without the final dot has no mail (RFC 5321, section 4.1.1.4)', async () => {
    const { server, send } = await against({ during: { octets: 100_000, turn: drop }, extensions: [] })
    const big = { ...large(), deliveries: [largeDelivery()] }
    const { error, report } = await failureOf(send(big, {}))
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', temporary: true })
    expect(report.outcome).toBe('failed')
    expectNoSecondTry(server)
    expect(server.sessions).toHaveLength(1)
  })

  it('is not retried on a connection that was used before either', async () => {
    let mails = 0
    const script: Script = {
      extensions: [],
      during: {
        octets: 100_000,
        turn: (socket) => {
          mails++
          socket.destroy()
        },
      },
    }
    const { server, send } = await against(script)
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
    await failureOf(send({ ...mail(), deliveries: [largeDelivery()] }, {}))
    expect(mails).toBe(1)
    expect(server.sessions).toHaveLength(1)
  })

  it('refuses a mail that the server refuses in the middle of it', async () => {
    const { server, send } = await against({
      extensions: [],
      during: { octets: 100_000, turn: lastWords('552 5.3.4 Too much') },
    })
    const { error, report } = await failureOf(send({ ...mail(), deliveries: [largeDelivery()] }, {}))
    // The refusal may be lost with the connection; either way nobody was accepted, and it ends here.
    expect(['RECIPIENTS_REFUSED', 'CONNECTION_FAILED']).toContain(error.code)
    expect(report.outcome).toBe('failed')
    expect(server.sessions).toHaveLength(1)
  })

  it('does not believe a server that accepts a mail before it has it', async () => {
    const { send } = await against({
      extensions: [],
      during: { octets: 100_000, turn: '250 2.0.0 Ok: queued, whatever it may be' },
    })
    const { error, report } = await failureOf(send({ ...mail(), deliveries: [largeDelivery()] }, {}))
    expect(error.code).toBe('OUTCOME_UNKNOWN')
    expect(report).toMatchObject({ outcome: 'unknown', accepted: [] })
  })
})

function agreeAndMumble(socket: Socket): void {
  socket.removeAllListeners('data').resume()
  socket.write('220 2.0.0 Go ahead\r\n')
}

function largeDelivery() {
  const [first] = mailTo('ciso@example.com').deliveries
  if (!first) throw new Error('unreachable')
  const line = Buffer.from(`${'x'.repeat(70)}\r\n`)
  // Larger than what sockets hold, so that it cannot all be on its way when the server reacts.
  const chunks = Array.from({ length: 400_000 }, () => line)
  return { ...first, entity: { ...first.entity, body: () => chunks } }
}

describe.each(MANNERS)('a connection that is lost after the final dot, $manner', ({ extensions }) => {
  it.each([
    ['without a word', drop],
    ['in the middle of the answer', lastWords('25')],
    ['after an answer that is none', lastWords('Have a nice day')],
    ['after a code of the wrong kind', lastWords('354 More, please')],
    ['after half an acceptance', lastWords('2')],
  ])('%s leaves the outcome unknown, and nothing is sent again', async (_, turn) => {
    const { server, send } = await against({ extensions, message: turn })
    const { error, report } = await failureOf(send(mail(), {}))
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', temporary: false, messageId: '<1@example.com>' })
    expect(report).toMatchObject({ outcome: 'unknown', accepted: [], rejected: [] })
    expect(report.timings.deliver).toEqual(expect.any(Number))
    expect(server.messages).toHaveLength(1)
    expect(server.sessions).toHaveLength(1)
  })

  it('also on a connection that has carried mails before', async () => {
    let mails = 0
    const { server, send } = await against({
      extensions,
      message: (socket) => (++mails === 1 ? socket.write('250 2.0.0 Ok\r\n') : socket.destroy()),
    })
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
    const { report } = await failureOf(send(mail(), {}))
    expect(report.outcome).toBe('unknown')
    expect(server.messages).toHaveLength(2)
    expect(server.sessions).toHaveLength(1)
  })

  it('still names those who were refused before', async () => {
    const rcpt = { 'no@example.com': '550 5.1.1 No such user' }
    const { send } = await against({ extensions, rcpt, message: drop })
    const { report } = await failureOf(send(mailTo('no@example.com', 'ciso@example.com'), {}))
    expect(report).toMatchObject({
      outcome: 'unknown',
      rejected: [{ address: 'no@example.com', code: 550, temporary: false }],
    })
  })
})

describe.each(MANNERS)('a reply of two minds (RFC 5321, section 4.2.1), $manner', ({ extensions }) => {
  const replies = ['250-ok\r\n550 really no', '550-no\r\n250 ok', '250-ok\r\n251 ok', '250-ok\r\nok']

  it.each(replies)(
    'to the final dot leaves the outcome unknown, and ends the connection: %j',
    async (reply) => {
      let mails = 0
      const { server, send } = await against({
        extensions,
        message: (socket) => void socket.write(`${++mails === 1 ? reply : '250 2.0.0 Ok'}\r\n`),
      })
      const { error, report } = await failureOf(send(mail(), {}))
      expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', temporary: false })
      expect(report).toMatchObject({ outcome: 'unknown', accepted: [], rejected: [], serverResponse: null })
      expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
      expect(server.sessions).toHaveLength(2)
    },
  )

  it.each(
    replies.flatMap((reply) => [
      ['the greeting', { greeting: reply.replaceAll('250', '220') }],
      ['EHLO', { ehlo: reply }],
      ['MAIL', { mail: reply }],
      ['RCPT', { rcpt: { 'ciso@example.com': reply } }],
    ]),
  )('to %s ends the attempt: nothing of the mail is sent', async (_, script) => {
    const { server, send } = await against({ extensions, ...(script as Script) })
    const error = await errorOf(send(mail(), {}))
    expect(error).toMatchObject({ code: 'PROTOCOL_ERROR', temporary: false })
    expect(server.messages).toEqual([])
    expect(server.sessions).toHaveLength(1)
  })

  it('still tells who was refused before', async () => {
    const rcpt = { 'no@example.com': '550 5.1.1 No such user', 'ciso@example.com': '250-ok\r\n550 no' }
    const { send } = await against({ extensions, rcpt })
    const { report } = await failureOf(send(mailTo('no@example.com', 'ciso@example.com'), {}))
    expect(report.rejected).toMatchObject([{ code: 550 }, { code: null }])
  })
})

describe.each(MANNERS)('an answer that was there before the final dot, $manner', ({ extensions }) => {
  it.each([
    ['in one packet with the go-ahead', '354 Go ahead\r\n250 2.0.0 Ok'],
    ['after blank lines', '354 Go ahead\r\n\r\n\r\n\r\n250 2.0.0 Ok'],
  ])('%s leaves the outcome unknown, and the next mail is not told by it', async (_, data) => {
    let mails = 0
    const { server, send } = await against({
      extensions,
      // As a text, so that the server waits for a message.
      data,
      message: (socket) => void socket.write(`250 2.0.0 Ok: mail ${++mails}\r\n`),
    })
    for (const connections of [1, 2]) {
      const { error, report } = await failureOf(send(mail(), {}))
      expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', temporary: false })
      expect(error.message).toContain('before it had the whole mail')
      expect(report).toMatchObject({ outcome: 'unknown', accepted: [], rejected: [], serverResponse: null })
      expect(server.sessions).toHaveLength(connections)
    }
  })

  it('as a refusal is one: not an octet of the mail is sent, and the next mail is not told by it', async () => {
    let mails = 0
    const { server, send } = await against({
      extensions,
      data: Object.assign(
        (socket: Socket) =>
          void socket.write(++mails === 1 ? '354 Go ahead\r\n550 5.7.1 No\r\n' : '354 Go ahead\r\n'),
        { toString: () => '354' },
      ),
    })
    const { error, report } = await failureOf(send(mail(), {}))
    expect(error).toMatchObject({ code: 'RECIPIENTS_REFUSED', temporary: false })
    expect(report).toMatchObject({ outcome: 'failed', rejected: [{ code: 550, enhancedCode: '5.7.1' }] })
    expect(server.messages).toEqual([])
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
    expect(server.messages).toHaveLength(1)
    expect(server.sessions).toHaveLength(2)
  })

  it('by its first octets only is none either', async () => {
    const { send } = await against({
      extensions,
      data: Object.assign((socket: Socket) => void socket.write('354 Go ahead\r\n25'), {
        toString: () => '354',
      }),
      message: '0 2.0.0 Ok',
    })
    const { error } = await failureOf(send(mail(), {}))
    expect(error.code).toBe('OUTCOME_UNKNOWN')
  })

  it('to a mail that was accepted in good order spoils the connection, not the mail', async () => {
    let mails = 0
    const { server, send } = await against({
      extensions,
      message: (socket) => void socket.write(++mails === 1 ? '250 one\r\n250 two\r\n' : '250 three\r\n'),
    })
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent', serverResponse: '250 one' })
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent', serverResponse: '250 three' })
    expect(server.sessions).toHaveLength(2)
  })
})

describe.each(MANNERS)('a refusal, $manner', ({ extensions }) => {
  describe.each([
    ['MAIL', 'mail'],
    ['DATA', 'data'],
    ['the final dot', 'message'],
  ])('at %s', (_, step) => {
    it.each([
      ['451 4.3.2 Not now', 451, '4.3.2', true],
      ['421 4.3.2 Going down', 421, '4.3.2', true],
      ['554 5.7.1 No', 554, '5.7.1', false],
      ['550 no words of RFC 3463', 550, null, false],
    ])('of %s refuses everyone', async (reply, code, enhancedCode, temporary) => {
      const { server, send } = await against({ extensions, [step]: reply })
      const { error, report } = await failureOf(send(mailTo('a@example.com', 'b@example.com'), {}))
      expect(error).toMatchObject({ code: 'RECIPIENTS_REFUSED', temporary })
      expect(report).toMatchObject({ outcome: 'failed', accepted: [], serverResponse: reply })
      expect(report.rejected).toMatchObject([
        { address: 'a@example.com', code, enhancedCode, temporary },
        { address: 'b@example.com', code, enhancedCode, temporary },
      ])
      expectNoSecondTry(server)
    })
  })
})

describe('a refusal before the mail', () => {
  it.each([
    ['421 4.3.2 Too busy', true],
    ['554 5.7.1 Not you', false],
  ])('of %s in the greeting is a failure to connect', async (greeting, temporary) => {
    const { send } = await against({ greeting })
    const error = await errorOf(send(mail(), {}))
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', temporary, report: null })
    expect(error.message).toContain(greeting)
  })

  it('leaves no connection open, whatever the server does with it', async () => {
    let closed: Promise<unknown> | undefined
    const { send } = await against({
      greeting: (socket) => {
        closed = once(socket, 'close')
        socket.write('554 5.7.1 Not you\r\n')
      },
    })
    expect((await errorOf(send(mail(), {}))).code).toBe('CONNECTION_FAILED')
    await closed
  })

  it('in answer to EHLO and HELO is one too', async () => {
    const { send } = await against({ ehlo: '502 5.5.1 What?', auth: '502 5.5.1 What?' })
    expect(await errorOf(send(mail(), {}))).toMatchObject({ code: 'CONNECTION_FAILED', temporary: false })
  })

  it('names a server that speaks something else', async () => {
    const { send } = await against({ greeting: 'HTTP/1.1 400 Bad Request' })
    const error = await errorOf(send(mail(), {}))
    expect(error).toMatchObject({ code: 'PROTOCOL_ERROR', temporary: false })
    expect(error.message).toContain('transport.port')
  })
})

describe('a server that keeps us waiting', () => {
  it.each([
    ['without a greeting', { greeting: silence }, 'greetingTimeout'],
    ['after EHLO', { ehlo: silence }, 'socketTimeout'],
    ['after MAIL', { mail: silence }, 'socketTimeout'],
  ])('%s is given up in time', async (_, script, option) => {
    const { send } = await against(script, { [option]: 100 })
    expect(await errorOf(send(mail(), {}))).toMatchObject({ code: 'CONNECTION_FAILED', temporary: true })
  })

  it.each([
    ['a trickling greeting', { greeting: trickle }],
    ['a trickling answer to EHLO', { ehlo: trickle }],
    ['a trickling answer to MAIL', { mail: trickle }],
    ['silence after DATA', { data: silence }],
  ])('with %s is left when the deadline is over', async (_, script) => {
    const { server, send } = await against(script)
    const error = await errorOf(send(mail(), { signal: AbortSignal.timeout(150) }))
    expect(error).toMatchObject({ code: 'TIMEOUT', temporary: true })
    expect(server.messages).toEqual([])
  })

  /** A turn after which the time is up soon, but not before the client had its own. */
  let controller = new AbortController()
  const last =
    (turn: (socket: Socket, line: string) => void): Turn =>
    (socket, line) => {
      turn(socket, line)
      setTimeout(() => controller.abort(new DOMException('', 'TimeoutError')), 50)
    }
  const quiet = last((socket) => void socket.removeAllListeners('data').resume())
  const PIPELINED = ['PIPELINING', 'AUTH PLAIN']

  it.each([
    ['greeting from', { greeting: quiet }],
    ['answer to EHLO from', { ehlo: quiet }],
    ['answer to STARTTLS from', { extensions: ['STARTTLS'], starttls: quiet }],
    ['TLS handshake with', { extensions: ['STARTTLS'], starttls: last(agreeAndMumble) }],
    ['answer to AUTH from', { extensions: PIPELINED, auth: quiet }],
    ['answer to MAIL from', { extensions: PIPELINED, mail: quiet }],
    ['answer to MAIL from', { extensions: ['AUTH PLAIN'], mail: quiet }],
    ['answer to RCPT from', { extensions: PIPELINED, rcpt: { 'ciso@example.com': quiet } }],
    ['answer to DATA from', { extensions: PIPELINED, data: quiet }],
    [
      'reception of the whole mail by',
      { extensions: PIPELINED, during: { octets: 9, turn: last((socket) => void socket.pause()) } },
    ],
  ])('when the time is up: no %s it', async (awaited, script: Script) => {
    controller = new AbortController()
    const { server, send } = await against(script, { auth: { user: 'soc', pass: 'correct horse' } })
    const request = script.during ? { ...mail(), deliveries: [largeDelivery()] } : mail()
    const error = await errorOf(send(request, { signal: controller.signal }))
    expect(error.code).toBe('TIMEOUT')
    expect(error.message).toMatch(new RegExp(`^no ${awaited} 127.0.0.1:${server.port} within \\d+ ms, `))
  })

  it('as a port does that expects TLS at once is told so, by whichever limit is first', async () => {
    const { server, send } = await against({ greeting: quiet }, { tls: 'starttls', greetingTimeout: 100 })
    const said = `no greeting from 127.0.0.1:${server.port} within 100 ms; the port may expect TLS from the first octet (transport.tls: implicit)`
    expect((await errorOf(send(mail(), {}))).message).toBe(said)
    controller = new AbortController()
    const { message } = await errorOf(send(mail(), { signal: controller.signal }))
    expect(message).toContain('no greeting from 127.0.0.1')
    expect(message).toContain('transport.tls: implicit')
  })

  it('past a limit of the settings names the step, the limit, and its setting', async () => {
    const { server, send } = await against({ rcpt: { 'ciso@example.com': silence } }, { socketTimeout: 100 })
    const { error, report } = await failureOf(send(mail(), {}))
    const said = `no answer to RCPT from 127.0.0.1:${server.port} within 100 ms; try again later, or set a larger transport.socketTimeout`
    expect(error.message).toBe(said)
    expect(report.rejected).toMatchObject([{ temporary: true, message: said }])
  })

  it.each([
    ['says nothing', silence],
    ['trickles', trickle],
  ])('and %s after the final dot may have the mail: the outcome is unknown', async (_, turn) => {
    const { server, send } = await against({ message: turn })
    const { error, report } = await failureOf(send(mail(), { signal: AbortSignal.timeout(200) }))
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', temporary: false })
    expect(report.outcome).toBe('unknown')
    expect(server.messages).toHaveLength(1)
    expect(server.sessions).toHaveLength(1)
  })

  it('may take longer for the final dot than for a command', async () => {
    const slow: Script = { message: (socket) => void setTimeout(() => socket.write('250 2.0.0 Ok\r\n'), 400) }
    const { send } = await against(slow, { socketTimeout: 100 })
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
  })

  it('is not who keeps the mail back: the time of beforeData does not count as silence', async () => {
    const { send } = await against({}, { socketTimeout: 50 })
    const beforeData = () => new Promise<void>((resolve) => setTimeout(resolve, 200))
    expect(await send(mail(), { beforeData })).toMatchObject({ outcome: 'sent' })
  })

  it('is left without the mail when the time is up while beforeData keeps it back', async () => {
    const { server, send } = await against({})
    const controller = new AbortController()
    const beforeData = () => {
      controller.abort()
      return new Promise<void>(() => {})
    }
    const { error, report } = await failureOf(send(mail(), { signal: controller.signal, beforeData }))
    expect(error).toMatchObject({
      code: 'ABORTED',
      message: 'stopped by the caller before there was any go-ahead by beforeData',
    })
    expect(report).toMatchObject({ outcome: 'failed', accepted: [] })
    expect(server.messages).toEqual([])
  })

  it('is left when the caller says so', async () => {
    const controller = new AbortController()
    const { server, send } = await against({ mail: () => controller.abort() })
    expect(await errorOf(send(mail(), { signal: controller.signal }))).toMatchObject({
      code: 'ABORTED',
      temporary: true,
      message: `stopped by the caller before there was any answer to MAIL from 127.0.0.1:${server.port}`,
    })
  })

  it('is not even asked when the signal has fired already', async () => {
    const { server, send } = await against({})
    expect((await errorOf(send(mail(), { signal: AbortSignal.abort() }))).code).toBe('ABORTED')
    expect(server.sessions).toEqual([])
  })
})

describe('a server that is not there', () => {
  it('by name is not found', async () => {
    const send = deliver({ transport: { host: 'no-such-host.invalid' } })
    const error = await errorOf(send(mail(), {}))
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', stage: 'deliver' })
    expect(error.message).toContain('no-such-host.invalid')
  })

  it('on that port refuses the connection', async () => {
    const server = await startScriptedServer()
    await server.stop()
    const send = deliver({ transport: { host: '127.0.0.1', port: server.port } })
    const error = await errorOf(send(mail(), {}))
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', temporary: true })
    expect(error.message).toContain('ECONNREFUSED')
    expect(error.message).toContain('check host and port in transport, and that the server runs')
  })
})

describe('a port that does not even say no', () => {
  it.each(['none', 'implicit'] as const)('is named, with what to check (tls: %s)', async (tls) => {
    // Who listens and never accepts: what goes beyond the queue is dropped, as firewalls do.
    const listener = `
      const server = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
        require('fs').writeSync(1, String(server.address().port))
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
      })`
    const child = spawn(process.execPath, ['-e', listener])
    cleanup.push(async () => void child.kill('SIGKILL'))
    const [written] = await once(child.stdout, 'data')
    const port = Number(String(written))
    const queue = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => {}))
    cleanup.push(async () => queue.forEach((socket) => void socket.destroy()))
    await Promise.all(queue.slice(0, 2).map((socket) => once(socket, 'connect')))
    const transport = { host: '127.0.0.1', port, tls, connectionTimeout: 300 }
    const said = `no connection to 127.0.0.1:${port} within 300 ms; check transport.host and transport.port, and the firewalls on the way`
    const error = await errorOf(deliver({ transport })(mail(), {}))
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', temporary: true, message: said })
    const { steps } = await checkTransport(transport, {})
    expect(steps.at(-1)).toMatchObject({ step: 'connect', ok: false, message: said })
  })
})

describe('what a server says', () => {
  it('cannot speak to the terminal of whoever reads it', async () => {
    const { send } = await against({ mail: '550 5.7.1 \u001b[2J\u001b]0;owned\u0007 no\u0085\u009b31m' })
    const { error, report } = await failureOf(send(mail(), {}))
    const all = JSON.stringify([error.message, report]) + String(error.cause)
    expect(all).not.toMatch(/\\u001b|\\u0007|[\u0080-\u009f]/)
    expect(report.rejected[0]?.message).toContain('no')
  })

  it('is cut where it does not end', async () => {
    const { send } = await against({ mail: `550 5.7.1 ${'no '.repeat(100_000)}` })
    const { report } = await failureOf(send(mail(), {}))
    expect(report.rejected[0]?.message.length).toBeLessThan(600)
  })

  it('is told on one line where it had many', async () => {
    const { send } = await against({ mail: '550-5.7.1 Not\r\n550-5.7.1 today,\r\n550 5.7.1 sorry' })
    const { report } = await failureOf(send(mail(), {}))
    expect(report.rejected[0]).toMatchObject({
      code: 550,
      enhancedCode: '5.7.1',
      message: 'Not today, sorry',
    })
    expect(report.serverResponse).toBe('550 5.7.1 Not today, sorry')
  })
})
