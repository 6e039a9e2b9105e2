import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createNotifier,
  type MailRequest,
  type NotifierEvent,
  type NotifierOptions,
  type SendResult,
} from '../../src/index.js'
import { type Script, startScriptedServer } from '../peers/scripted-server.js'
import { describeWith } from '../setup/with-peer.js'

const jobTo = (to: string): MailRequest => ({ to, subject: 'Status', body: 'All quiet.' })
const jobs = (count: number) => Array.from({ length: count }, (_, index) => jobTo(`u${index}@example.com`))

const cleanup: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo()
})

async function notifierAt(script: Script, options: NotifierOptions = {}) {
  const server = await startScriptedServer(script)
  const transport = { host: '127.0.0.1', port: server.port }
  const notifier = await createNotifier({ from: 'soc@example.com', transport, ...options })
  cleanup.push(server.stop, notifier.close)
  return { server, notifier }
}

async function all(results: AsyncIterable<SendResult>): Promise<SendResult[]> {
  const list: SendResult[] = []
  for await (const result of results) list.push(result)
  return list
}

describe('sendMany', () => {
  it('sends each job once over a few connections, and says what became of each', async () => {
    const { server, notifier } = await notifierAt({ rcpt: { 'u3@example.com': '550 5.1.1 No such user' } })
    const results = await all(notifier.sendMany(jobs(30)))
    expect(server.messages).toHaveLength(29)
    expect(server.sessions.length).toBeLessThanOrEqual(10)
    expect(results.map(({ index }) => index).sort((a, b) => a - b)).toEqual([...Array(30).keys()])
    for (const { index, request, report, error } of results) {
      expect(request.to).toBe(`u${index}@example.com`)
      if (index === 3) expect(error).toMatchObject({ code: 'RECIPIENTS_REFUSED' })
      else expect({ error, accepted: report?.accepted }).toEqual({ error: null, accepted: [request.to] })
    }
  })

  it('yields in the order in which the mails end', async () => {
    let release = () => {}
    const { notifier } = await notifierAt({
      extensions: [],
      rcpt: {
        'u0@example.com': (socket) => {
          release = () => socket.write('250 2.1.5 Ok\r\n')
        },
      },
    })
    const order: number[] = []
    for await (const { index } of notifier.sendMany(jobs(4))) {
      order.push(index)
      if (order.length === 3) release()
    }
    expect(order.at(-1)).toBe(0)
  })

  it('keeps none of the others when one is wrong, and reports in time while the source is slow', async () => {
    const { server, notifier } = await notifierAt({})
    let release = () => {}
    const more = new Promise<void>((resolve) => {
      release = resolve
    })
    async function* source() {
      yield { ...jobTo('a@example.com'), bodyy: 'x' } as MailRequest
      yield jobTo('not an address')
      yield jobTo('b@example.com')
      await more
      yield jobTo('c@example.com')
    }
    const codes: (string | null)[] = []
    for await (const { error } of notifier.sendMany(source())) {
      codes.push(error?.code ?? null)
      if (codes.length === 3) release()
    }
    expect(codes.sort()).toEqual(['INVALID_ADDRESS', 'INVALID_REQUEST', null, null])
    expect(server.messages).toHaveLength(2)
  })

  it('takes no job before there is room for it, nor while nobody reads the results', async () => {
    const { notifier } = await notifierAt({})
    let taken = 0
    function* source() {
      for (const job of jobs(100)) {
        taken++
        yield job
      }
    }
    const results = notifier.sendMany(source(), { concurrency: 3 })
    await results.next()
    await delay(100)
    expect(taken).toBeLessThanOrEqual(4)
    await results.return()
    expect(taken).toBeLessThanOrEqual(4)
  })

  it('begins no more when the reader leaves, and finishes what is under way', async () => {
    const { server, notifier } = await notifierAt({
      message: (socket) => void setTimeout(() => socket.write('250 2.0.0 Ok\r\n'), 20),
    })
    let closed = false
    function* source() {
      try {
        yield* jobs(100)
      } finally {
        closed = true
      }
    }
    for await (const _ of notifier.sendMany(source(), { concurrency: 4 })) break
    const finished = server.messages.length
    expect(closed).toBe(true)
    expect(finished).toBeGreaterThan(0)
    expect(finished).toBeLessThanOrEqual(5)
    await delay(60)
    expect(server.messages).toHaveLength(finished)
  })

  it('ends with ABORTED when the signal fires, although the source says nothing, after what is under way', async () => {
    const controller = new AbortController()
    const { server, notifier } = await notifierAt({ message: () => void controller.abort() })
    async function* source() {
      yield jobTo('a@example.com')
      await new Promise(() => {})
    }
    const seen: SendResult[] = []
    const reading = (async () => {
      for await (const result of notifier.sendMany(source(), { signal: controller.signal })) seen.push(result)
    })()
    await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
    expect(seen).toMatchObject([{ index: 0, error: { code: 'OUTCOME_UNKNOWN' } }])
    expect(server.messages).toHaveLength(1)
  })

  it('passes on what the source throws, after the mails that are under way', async () => {
    const { server, notifier } = await notifierAt({})
    function* source() {
      yield* jobs(2)
      throw new Error('the queue is gone')
    }
    const seen: number[] = []
    const reading = (async () => {
      for await (const { index } of notifier.sendMany(source())) seen.push(index)
    })()
    await expect(reading).rejects.toThrow('the queue is gone')
    expect(seen.sort()).toEqual([0, 1])
    expect(server.messages).toHaveLength(2)
  })

  it.each([
    [{ concurrency: 0 }, 'concurrency'],
    [{ concurency: 5 }, 'did you mean options of sendMany.concurrency?'],
  ])('refuses %j', async (options, message) => {
    const { notifier } = await notifierAt({})
    await expect(all(notifier.sendMany(jobs(1), options as object))).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining(message),
    })
  })

  it('tells of its progress, and of each mail; a listener that fails changes nothing', async () => {
    const events: NotifierEvent[] = []
    const { notifier } = await notifierAt(
      { rcpt: { 'u1@example.com': '550 5.1.1 No such user' } },
      {
        onEvent: (event) => {
          events.push(event)
          throw new Error('a bug in the listener')
        },
      },
    )
    await all(notifier.sendMany(jobs(3)))
    expect(events.filter(({ type }) => type === 'sent')).toHaveLength(2)
    expect(events.filter(({ type }) => type === 'failed')).toHaveLength(1)
    expect(events.at(-1)).toEqual({
      type: 'progress',
      begun: 3,
      finished: 3,
      sent: 2,
      partial: 0,
      failed: 1,
      unknown: 0,
    })
  })
})

describe('beforeData', () => {
  it('is called with the Message-ID when the server waits for the data, and waited for', async () => {
    const { server, notifier } = await notifierAt({})
    const seen: unknown[] = []
    const [result] = await all(
      notifier.sendMany([jobTo('a@example.com')], {
        beforeData: async (messageId, index) => {
          await delay(10)
          seen.push({
            messageId,
            index,
            commands: server.sessions[0]?.at(-1),
            messages: server.messages.length,
          })
        },
      }),
    )
    expect(seen).toEqual([{ messageId: result?.report?.messageId, index: 0, commands: 'DATA', messages: 0 }])
    expect(server.messages).toHaveLength(1)
  })

  it('keeps back the mail for which it fails, at a server and in a folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kept-back-'))
    cleanup.push(() => rm(folder, { recursive: true }))
    const { server, notifier } = await notifierAt({})
    const filing = await createNotifier({ from: 'soc@example.com', transport: { folder } })
    cleanup.push(filing.close)
    const beforeData = () => {
      throw new Error('the disk is full')
    }
    for (const each of [notifier, filing])
      await expect(each.send(jobTo('a@example.com'), { beforeData })).rejects.toMatchObject({
        code: 'TRANSPORT_FAILED',
        message: expect.stringContaining('the disk is full'),
      })
    expect(server.messages).toEqual([])
    expect(await readdir(folder)).toEqual([])
  })
})

describeWith('postfix')('sendMany to smtp-sink', () => {
  let port = 0
  beforeEach(async () => {
    port = await freePort()
    const sink = spawn('smtp-sink', ['-u', 'nobody', `127.0.0.1:${port}`, '200'], { stdio: 'ignore' })
    cleanup.push(async () => {
      sink.kill()
      await once(sink, 'exit')
    })
    await expect.poll(() => answers(port)).toBe(true)
  })

  it('carries 10,000 mails, and needs no more memory for the last than for the first', {
    timeout: 120_000,
  }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'many-'))
    cleanup.push(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 't.njk'), '<p>Dear {{ incident.name }}, all is quiet.</p>')
    const notifier = await createNotifier({
      from: 'soc@example.com',
      transport: { host: '127.0.0.1', port },
      templates: { t: join(folder, 't.njk') },
    })
    cleanup.push(notifier.close)
    function* source(): Generator<MailRequest> {
      for (let id = 0; id < 10_000; id++)
        yield { to: `u${id}@example.com`, template: 't', subject: 'S', incident: { id, name: `N${id}` } }
    }
    let sent = 0
    const heap: number[] = []
    for await (const { error } of notifier.sendMany(source())) {
      expect(error).toBeNull()
      if (++sent % 2_000 === 0) heap.push(heapInUse())
    }
    expect(sent).toBe(10_000)
    const [first = 0] = heap
    // A kept report alone would be some 10 MB more.
    expect(Math.max(...heap) - first).toBeLessThan(4_000_000)
  })
})

/** Octets, after everything that nobody refers to has gone. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => socket.end(() => resolve(true)))
    socket.once('error', () => resolve(false))
  })
}
