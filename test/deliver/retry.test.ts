import type { Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { deliver } from '../../src/deliver/deliver.js'
import type { LimitOptions } from '../../src/deliver/limits.js'
import type { RetryOptions } from '../../src/deliver/retry.js'
import type { PlannedRetry } from '../../src/mail.js'
import { drop, lastWords, type Script, startScriptedServer, type Turn } from '../peers/scripted-server.js'
import { errorOf, failureOf, mail, mailTo } from './mails.js'

const cleanup: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of cleanup.splice(0).reverse()) await stop()
})

async function against(script: Script, options: { retry?: RetryOptions; limits?: LimitOptions } = {}) {
  const server = await startScriptedServer(script)
  const send = deliver({ transport: { host: '127.0.0.1', port: server.port }, ...options })
  cleanup.push(server.stop, send.close)
  return { server, send }
}

/** Says one after the other, and the last again and again. */
function inTurn(...replies: string[]): Turn {
  return (socket) => {
    const reply = replies.length > 1 ? replies.shift() : replies[0]
    socket.write(`${reply}\r\n`)
  }
}

const OK = '250 2.0.0 Ok'
const soon: RetryOptions = { delay: 5, jitter: 0 }
const rcptTo = (server: { commands(verb: string): readonly string[] }) =>
  server.commands('RCPT').map((line) => line.match(/<(.*)>/)?.[1])
const sentOnce = (server: { messages: readonly string[] }) =>
  server.messages.filter((message) => message !== '').length

describe('without a retry policy', () => {
  it('a mail that is refused for now is tried once', async () => {
    const { server, send } = await against({ rcpt: { 'a@example.com': '450 4.2.0 Greylisted' } })
    expect((await failureOf(send(mailTo('a@example.com'), {}))).error).toMatchObject({ temporary: true })
    expect(rcptTo(server)).toHaveLength(1)
  })

  it('recipients beyond those a server takes at once go in further transactions, each once', async () => {
    let inTransaction = 0
    const count = (socket: { write(text: string): void }) =>
      void socket.write(++inTransaction > 3 ? '452 4.5.3 Too many recipients\r\n' : '250 2.1.5 Ok\r\n')
    const people = Array.from({ length: 8 }, (_, index) => `u${index}@example.com`)
    const { server, send } = await against({
      mail: (socket) => {
        inTransaction = 0
        socket.write('250 2.1.0 Ok\r\n')
      },
      rcpt: Object.fromEntries(people.map((address) => [address, count])),
    })
    const report = await send(mailTo(...people), {})
    expect(report).toMatchObject({ outcome: 'sent', accepted: people, rejected: [] })
    expect(server.messages).toHaveLength(3)
  })

  it.each([{ extensions: ['PIPELINING'] }, { extensions: [] }])(
    'nobody is asked about after that, as servers hang up on who goes on all the same: with %j',
    async ({ extensions }) => {
      let inTransaction = 0
      // Postfix takes 1,000, and forgives another 1,000.
      const count = (socket: Socket) => {
        if (++inTransaction > 400) return void socket.destroy()
        socket.write(inTransaction > 200 ? '452 4.5.3 Too many recipients\r\n' : '250 2.1.5 Ok\r\n')
      }
      const people = Array.from({ length: 1_000 }, (_, index) => `u${index}@example.com`)
      const { server, send } = await against({
        extensions,
        mail: (socket) => {
          inTransaction = 0
          socket.write('250 2.1.0 Ok\r\n')
        },
        rcpt: Object.fromEntries(people.map((address) => [address, count])),
      })
      const report = await send(mailTo(...people), {})
      expect(report).toMatchObject({ outcome: 'sent', accepted: people, rejected: [] })
      expect(server.messages).toHaveLength(5)
      expect(server.sessions).toHaveLength(1)
    },
  )

  it.each(['452 4.3.1 Disk full', '450 4.2.0 Greylisted'])(
    'with %s nobody goes in another',
    async (reply) => {
      const { server, send } = await against({ rcpt: { 'b@example.com': reply } })
      expect(await send(mailTo('a@example.com', 'b@example.com'), {})).toMatchObject({ outcome: 'partial' })
      expect(server.messages).toHaveLength(1)
    },
  )

  it('a server that takes nobody is not asked over and over', async () => {
    const { server, send } = await against({
      rcpt: { 'a@example.com': '452 Too many', 'b@example.com': '452 Too many' },
    })
    await failureOf(send(mailTo('a@example.com', 'b@example.com'), {}))
    expect(rcptTo(server)).toHaveLength(2)
  })
})

describe('with a retry policy', () => {
  it('whoever was refused for now is tried again, and nobody else', async () => {
    const { server, send } = await against(
      {
        rcpt: {
          'grey@example.com': inTurn('450 4.2.0 Greylisted', '451 4.7.1 Greylisted', OK),
          'gone@example.com': '550 5.1.1 No such user',
        },
      },
      { retry: soon },
    )
    const report = await send(mailTo('a@example.com', 'grey@example.com', 'gone@example.com'), {})
    expect(report).toMatchObject({
      outcome: 'partial',
      accepted: ['a@example.com', 'grey@example.com'],
      rejected: [{ address: 'gone@example.com', code: 550, temporary: false }],
    })
    expect(rcptTo(server)).toEqual([
      'a@example.com',
      'grey@example.com',
      'gone@example.com',
      'grey@example.com',
      'grey@example.com',
    ])
    expect(sentOnce(server)).toBe(2)
  })

  it.each<[string, Script]>([
    ['the greeting', { greeting: inTurn('421 4.3.2 Busy', '220 scripted.example.com ESMTP') }],
    ['the sender', { mail: inTurn('451 4.3.0 Later', OK) }],
    ['the data', { message: inTurn('451 4.3.0 Later', OK) }],
  ])('a refusal of %s for now is got over', async (_, script) => {
    const { send } = await against(script, { retry: soon })
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent', rejected: [] })
  })

  it('a connection that was lost before the data is got over', async () => {
    let times = 0
    const { server, send } = await against(
      { mail: (socket) => void (++times === 1 ? socket.destroy() : socket.write(`${OK}\r\n`)) },
      { retry: soon },
    )
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
    expect(server.messages).toHaveLength(1)
  })

  it.each<[string, Turn]>([
    ['the connection was lost after the data', drop],
    ['half an answer came', lastWords('2')],
    ['something came that is no answer', lastWords('hello')],
  ])('never again, where %s: nobody knows', async (_, turn) => {
    const { server, send } = await against({ message: turn }, { retry: soon })
    expect((await failureOf(send(mail(), {}))).error).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      temporary: false,
    })
    expect(server.messages).toHaveLength(1)
  })

  it('nobody is forgotten who was accepted before the outcome of a second attempt is unknown', async () => {
    let messages = 0
    const { server, send } = await against(
      {
        rcpt: { 'grey@example.com': inTurn('450 4.2.0 Greylisted', OK) },
        message: (socket) => void (++messages === 1 ? socket.write(`${OK}\r\n`) : socket.destroy()),
      },
      { retry: soon },
    )
    const report = await send(mailTo('a@example.com', 'grey@example.com'), {})
    expect(report).toMatchObject({ outcome: 'partial', accepted: ['a@example.com'], rejected: [] })
    expect(report.warnings).toMatchObject([{ code: 'OUTCOME_UNKNOWN' }])
    expect(server.messages).toHaveLength(2)
  })

  it.each<[string, Script, string]>([
    ['a refusal for good', { rcpt: { 'ciso@example.com': '550 5.1.1 No' } }, 'RECIPIENTS_REFUSED'],
    ['a server without TLS', { extensions: [] }, 'TLS_FAILED'],
  ])('not after %s', async (_, script, code) => {
    const server = await startScriptedServer(script)
    const tls = code === 'TLS_FAILED' ? ('starttls' as const) : ('none' as const)
    const send = deliver({ transport: { host: '127.0.0.1', port: server.port, tls }, retry: soon })
    cleanup.push(server.stop, send.close)
    expect((await errorOf(send(mail(), {}))).code).toBe(code)
    expect(server.sessions).toHaveLength(1)
  })

  it('tells of each wait who is tried again, why, and when', async () => {
    const told: PlannedRetry[] = []
    const { send } = await against(
      {
        rcpt: {
          'grey@example.com': inTurn('450 4.2.0 Greylisted', '451 4.7.1 Not yet', OK),
          'gone@example.com': '550 5.1.1 No such user',
        },
      },
      { retry: soon },
    )
    const before = Date.now()
    await send(mailTo('a@example.com', 'grey@example.com', 'gone@example.com'), {
      onRetry: (retry) => told.push(retry),
    })
    const common = { messageId: '<1@example.com>', attempts: 5, code: null }
    expect(told).toMatchObject([
      {
        ...{ ...common, attempt: 1, milliseconds: 5 },
        recipients: [
          { address: 'grey@example.com', code: 450, enhancedCode: '4.2.0', message: 'Greylisted' },
        ],
      },
      {
        ...{ ...common, attempt: 2, milliseconds: 10 },
        recipients: [{ address: 'grey@example.com', code: 451, enhancedCode: '4.7.1', message: 'Not yet' }],
      },
    ])
    expect(told.every(({ recipients }) => recipients.length === 1)).toBe(true)
    expect(told[0]?.at.getTime()).toBeGreaterThanOrEqual(before + 5)
  })

  it('tells what kept everyone from being asked, and a listener who fails changes nothing', async () => {
    const told: PlannedRetry[] = []
    const lines: string[] = []
    const note = (facts: object, message?: string) => lines.push(`${message} ${JSON.stringify(facts)}`)
    const { send } = await against(
      { mail: inTurn('421 4.3.2 Busy', OK), greeting: inTurn('421 4.3.2 Busy', '220 Hello') },
      { retry: soon },
    )
    const report = await send(mail(), {
      logger: { debug: note, info: note, warn: note, error: note },
      onRetry: (retry) => {
        told.push(retry)
        throw new Error('my own mistake')
      },
    })
    expect(report).toMatchObject({ outcome: 'sent' })
    expect(told.map(({ code }) => code)).toEqual(['CONNECTION_FAILED', null])
    expect(lines).toContainEqual(expect.stringContaining('onRetry failed'))
    expect(lines.join()).toContain('my own mistake')
  })

  it('tells nothing where there is no other attempt', async () => {
    const { send } = await against(
      { rcpt: { 'a@example.com': '450 4.2.0 Greylisted', 'b@example.com': '550 5.1.1 No' } },
      { retry: { ...soon, attempts: 1 } },
    )
    const onRetry = () => {
      throw new Error('told')
    }
    const lines: string[] = []
    const note = (_: object, message = '') => lines.push(message)
    const context = { onRetry, logger: { debug: note, info: note, warn: note, error: note } }
    await failureOf(send(mailTo('a@example.com', 'b@example.com'), context))
    expect(lines).not.toContain('onRetry failed')
  })

  it('gives up after as many attempts as the options say, with what the server said', async () => {
    const { server, send } = await against(
      { rcpt: { 'a@example.com': '450 4.2.0 Greylisted' } },
      { retry: { ...soon, attempts: 3 } },
    )
    const { error, report } = await failureOf(send(mailTo('a@example.com'), {}))
    expect(error).toMatchObject({ code: 'RECIPIENTS_REFUSED', temporary: true })
    expect(report.rejected).toMatchObject([{ code: 450, enhancedCode: '4.2.0' }])
    expect(rcptTo(server)).toHaveLength(3)
  })

  it.each([
    ['of the policy', '450 4.2.0 Later', { delay: 60_000 }],
    ['that the server asks for', '450 4.2.0 Greylisted for 300 seconds', { delay: 1 }],
  ])('begins no wait %s that is longer than the time for the mail', async (_, reply, retry) => {
    const { server, send } = await against({ rcpt: { 'a@example.com': reply } }, { retry })
    const deadline = performance.now() + 20_000
    const { report } = await failureOf(send(mailTo('a@example.com'), { deadline }))
    expect(report.rejected).toMatchObject([{ code: 450 }])
    expect(performance.now()).toBeLessThan(deadline)
    expect(rcptTo(server)).toHaveLength(1)
  })

  it('ends its wait when the signal fires, and says what is known', async () => {
    const controller = new AbortController()
    const { send } = await against(
      {
        rcpt: {
          'a@example.com': (socket) => {
            socket.write('450 4.2.0 Later\r\n')
            setTimeout(() => controller.abort(), 50)
          },
        },
      },
      { retry: { delay: 100_000 } },
    )
    const report = await send(mailTo('a@example.com', 'b@example.com'), { signal: controller.signal })
    expect(report).toMatchObject({
      outcome: 'partial',
      accepted: ['b@example.com'],
      rejected: [{ code: 450 }],
    })
  })

  it.each<[object, string]>([
    [{ attempt: 3 }, 'retry.attempt'],
    [{ attempts: 0 }, 'retry.attempts'],
    [{ delay: '1s' }, 'retry.delay'],
    [{ maxDelay: 2 ** 31 }, 'retry.maxDelay'],
    [{ jitter: 2 }, 'retry.jitter'],
  ])('refuses %j', (retry, field) => {
    expect(() => deliver({ retry })).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG', field }))
  })
})

describe('limits', () => {
  it('keep no more octets under way than they allow, and a larger mail goes alone', async () => {
    let open = 0
    let most = 0
    const { server, send } = await against(
      {
        mail: (socket) => {
          most = Math.max(most, ++open)
          socket.write(`${OK}\r\n`)
        },
        message: (socket) => {
          open--
          socket.write(`${OK}\r\n`)
        },
      },
      { limits: { bytesInFlight: 1 } },
    )
    await Promise.all(Array.from({ length: 6 }, () => send(mail(), {})))
    expect(most).toBe(1)
    expect(server.commands('MAIL')).toHaveLength(6)
  })

  it('let a mail that gives up leave the line, and hold up nobody', async () => {
    const { server, send } = await against(
      { message: (socket) => void setTimeout(() => socket.write(`${OK}\r\n`), 50) },
      { limits: { bytesInFlight: 1 } },
    )
    const controller = new AbortController()
    const first = send(mail(), {})
    const second = errorOf(send(mail(), { signal: controller.signal }))
    const third = send(mail(), {})
    controller.abort()
    expect((await second).code).toBe('ABORTED')
    expect(await first).toMatchObject({ outcome: 'sent' })
    expect(await third).toMatchObject({ outcome: 'sent' })
    expect(server.messages).toHaveLength(2)
  })

  it('begin only so many mails in a second', async () => {
    const begun: number[] = []
    const { send } = await against(
      {
        mail: (socket) => {
          begun.push(performance.now())
          socket.write(`${OK}\r\n`)
        },
      },
      { limits: { mailsPerSecond: 20 } },
    )
    await Promise.all(Array.from({ length: 5 }, () => send(mail(), {})))
    // Four waits of 50 ms, of which timers may be a millisecond short.
    expect((begun.at(-1) ?? 0) - (begun[0] ?? 0)).toBeGreaterThan(150)
  })

  it.each<[object, string]>([
    [{ mailsPerSeconds: 1 }, 'limits.mailsPerSeconds'],
    [{ mailsPerSecond: 0 }, 'limits.mailsPerSecond'],
    [{ bytesInFlight: '1MB' }, 'limits.bytesInFlight'],
  ])('refuse %j', (limits, field) => {
    expect(() => deliver({ limits })).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG', field }))
  })
})
