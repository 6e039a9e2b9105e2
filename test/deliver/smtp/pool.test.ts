import { once } from 'node:events'
import type { Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { deliver } from '../../../src/deliver/deliver.js'
import { drop, type Script, startScriptedServer } from '../../peers/scripted-server.js'
import { errorOf, failureOf, mail } from '../mails.js'

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

describe('connections', () => {
  it('are used again', async () => {
    const { server, send } = await against({})
    await send(mail(), {})
    await send(mail(), {})
    expect(server.messages).toHaveLength(2)
    expect(server.sessions).toHaveLength(1)
  })

  it('are used again after some recipients were refused', async () => {
    const { server, send } = await against({ rcpt: { 'no@example.com': '550 5.1.1 No' } })
    const [first] = mail().deliveries
    const both = [{ address: 'no@example.com', kind: 'to' as const }, ...(first?.recipients ?? [])]
    const deliveries = first ? [{ ...first, recipients: both }] : []
    expect(await send(mail({ deliveries }), {})).toMatchObject({ outcome: 'partial' })
    expect(await send(mail({ deliveries }), {})).toMatchObject({ outcome: 'partial' })
    expect(server.sessions).toHaveLength(1)
  })

  it('are not used again after a mail was refused', async () => {
    let mails = 0
    const { server, send } = await against({
      message: (socket) => socket.write(++mails === 1 ? '451 4.3.0 Later\r\n' : '250 2.0.0 Ok\r\n'),
    })
    await failureOf(send(mail(), {}))
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
    expect(server.sessions).toHaveLength(2)
  })

  it('that were idle are not given up for a refusal, which is one', async () => {
    let asked = 0
    const { server, send } = await against({
      rcpt: {
        'ciso@example.com': (socket) =>
          socket.write(++asked === 2 ? '550 5.1.1 No such user\r\n' : '250 2.1.5 Ok\r\n'),
      },
    })
    await send(mail(), {})
    expect((await failureOf(send(mail(), {}))).error.code).toBe('RECIPIENTS_REFUSED')
    expect(server.commands('RCPT')).toHaveLength(2)
    expect(server.sessions).toHaveLength(1)
  })

  it('on which a server said more than it was asked for are closed at once, and not with the next mail', async () => {
    let closed: Promise<unknown> | undefined
    const { send } = await against({
      message: (socket) => {
        closed = once(socket, 'close')
        socket.write('250 2.0.0 Ok\r\n250 2.0.0 Ok\r\n')
      },
    })
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
    await closed
  })

  it('are no more than the options allow; mails wait for their turn', async () => {
    const { server, send } = await against({}, { maxConnections: 2 })
    const reports = await Promise.all(Array.from({ length: 10 }, () => send(mail(), {})))
    expect(reports.every(({ outcome }) => outcome === 'sent')).toBe(true)
    expect(server.messages).toHaveLength(10)
    expect(server.sessions.length).toBeLessThanOrEqual(2)
  })

  it('are replaced after as many mails as the options allow', async () => {
    const { server, send } = await against({}, { maxMessages: 2 })
    for (let count = 0; count < 5; count++) await send(mail(), {})
    expect(server.sessions.map((session) => session.filter((line) => line === 'DATA').length)).toEqual([
      2, 2, 1,
    ])
  })

  it('leave the line when the caller gives up, and do not hold up others', async () => {
    const controller = new AbortController()
    let release = () => {}
    const { server, send } = await against(
      {
        message: (socket) => {
          release = () => socket.write('250 2.0.0 Ok\r\n')
          controller.abort()
          release()
        },
      },
      { maxConnections: 1 },
    )
    const first = send(mail(), {})
    const second = errorOf(send(mail(), { signal: controller.signal }))
    const third = send(mail(), {})
    expect(await first).toMatchObject({ outcome: 'sent' })
    expect(await second).toMatchObject({
      code: 'ABORTED',
      message: expect.stringContaining(`free connection to 127.0.0.1:${server.port}`),
    })
    expect(await third).toMatchObject({ outcome: 'sent' })
    expect(server.messages).toHaveLength(2)
  })

  it('are waited for by the others also where the caller gives up a mail that has had its turn', async () => {
    const controller = new AbortController()
    let mails = 0
    const { server, send } = await against(
      {
        message: (socket) => {
          if (++mails === 2) controller.abort()
          else socket.write('250 2.0.0 Ok\r\n')
        },
      },
      { maxConnections: 1 },
    )
    const sent = [send(mail(), {}), failureOf(send(mail(), { signal: controller.signal })), send(mail(), {})]
    expect(await Promise.all(sent)).toMatchObject([
      { outcome: 'sent' },
      { error: { code: 'OUTCOME_UNKNOWN' } },
      { outcome: 'sent' },
    ])
    expect(server.messages).toHaveLength(3)
  })

  it.each([
    ['a silent close', (socket: { destroy(): void }) => void socket.destroy()],
    ['a farewell of its own', (socket: { end(text: string): void }) => void socket.end('421 4.4.2 Idle\r\n')],
  ] as const)('that a server ended by %s while idle are replaced, and the mail goes once', async (_, end) => {
    let open: Parameters<typeof end>[0] | undefined
    const { server, send } = await against({
      message: (socket) => {
        open = socket as never
        socket.write('250 2.0.0 Ok\r\n')
      },
    })
    await send(mail(), {})
    if (open) end(open as never)
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
    expect(server.messages).toHaveLength(2)
    expect(server.sessions).toHaveLength(2)
  })

  it.each([
    ['cuts', drop],
    ['says good-bye to', '421 4.4.2 Idle for too long'],
  ])('that a server %s as soon as it hears of the next mail are replaced once', async (_, turn) => {
    let mails = 0
    const { server, send } = await against({
      mail: (socket, line) => {
        if (++mails === 2) return typeof turn === 'string' ? socket.end(`${turn}\r\n`) : turn(socket, line)
        socket.write('250 2.1.0 Ok\r\n')
      },
    })
    await send(mail(), {})
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
    expect(server.messages).toHaveLength(2)
    expect(server.sessions).toHaveLength(2)
  })

  it('are replaced no more than once: a second failure is one', async () => {
    let mails = 0
    const { server, send } = await against({
      mail: (socket) => (++mails > 1 ? socket.destroy() : socket.write('250 2.1.0 Ok\r\n')),
    })
    await send(mail(), {})
    expect((await failureOf(send(mail(), {}))).error.code).toBe('CONNECTION_FAILED')
    expect(server.sessions).toHaveLength(2)
  })
})

describe('connections at once', () => {
  /** A server that takes its time to say good-bye, and how many connections it had at once. */
  async function counting() {
    let open = 0
    let most = 0
    const greeting = (socket: Socket) => {
      most = Math.max(most, ++open)
      socket.once('close', () => open--)
      socket.write('220 scripted.example.com ESMTP\r\n')
    }
    const quit = (socket: Socket) => void setTimeout(() => socket.end('221 2.0.0 Bye\r\n'), 20)
    const { server, send } = await against({ greeting, quit }, { maxConnections: 1, maxMessages: 1 })
    return { server, send, open: () => open, most: () => most }
  }

  it('include those that are not closed yet', async () => {
    const { server, send, most } = await counting()
    const reports = await Promise.all([send(mail(), {}), send(mail(), {}), send(mail(), {})])
    expect(reports.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent'])
    expect(server.sessions).toHaveLength(3)
    expect(most()).toBe(1)
  })

  it('are none any more after close', async () => {
    const { server, send, open } = await counting()
    await send(mail(), {})
    await send.close()
    expect(server.commands('QUIT')).toHaveLength(1)
    await expect.poll(open).toBe(0)
  })
})

describe('an idle connection', () => {
  it('on which a server does not stop talking is closed, and its words are not read', async () => {
    let peer: Socket | undefined
    const { server, send } = await against({
      message: (socket) => {
        peer = socket
        socket.write('250 2.0.0 Ok\r\n')
      },
    })
    await send(mail(), {})
    const flood = Buffer.from('250 more\r\n'.repeat(10_000))
    const pour = () => {
      while (peer?.writable && peer.write(flood));
    }
    peer?.on('drain', pour)
    pour()
    await expect.poll(() => peer?.destroyed).toBe(true)
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
    expect(server.sessions).toHaveLength(2)
  })
})

describe('close', () => {
  it('finishes what is under way, says good-bye, and takes no more', async () => {
    const { server, send } = await against({
      message: (socket) => void setTimeout(() => socket.write('250 2.0.0 Ok\r\n'), 50),
    })
    const sending = send(mail(), {})
    await Promise.all([send.close(), send.close()])
    expect(await sending).toMatchObject({ outcome: 'sent' })
    expect(server.commands('QUIT')).toHaveLength(1)
    expect((await errorOf(send(mail(), {}))).code).toBe('TRANSPORT_FAILED')
  })

  it('finishes those that wait for their turn, too', async () => {
    const { server, send } = await against({}, { maxConnections: 1 })
    const sending = [send(mail(), {}), send(mail(), {}), send(mail(), {})]
    await send.close()
    expect((await Promise.all(sending)).map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent'])
    expect(server.messages).toHaveLength(3)
    expect(server.commands('QUIT')).toHaveLength(1)
  })

  it('finishes those that are still connecting, too', async () => {
    let greet = () => {}
    const connected = new Promise<void>((resolve) => {
      greet = resolve
    })
    const { server, send } = await against({
      greeting: (socket) => {
        greet()
        setTimeout(() => socket.write('220 scripted.example.com ESMTP\r\n'), 50)
      },
    })
    const sending = send(mail(), {})
    await connected
    await send.close()
    expect(await sending).toMatchObject({ outcome: 'sent' })
    expect(server.commands('QUIT')).toHaveLength(1)
  })

  it('comes to an end with a server that does not say good-bye', async () => {
    const { send } = await against({ quit: () => {} })
    await send(mail(), {})
    await send.close()
  })
})
