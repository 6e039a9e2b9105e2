import { afterEach, describe, expect, it } from 'vitest'
import { createNotifier, type NotifierEvent } from '../../src/index.js'
import { type Script, startScriptedServer } from '../peers/scripted-server.js'

const cleanup: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of cleanup.splice(0).reverse()) await stop()
})

async function listeningAt(script: Script) {
  const server = await startScriptedServer(script)
  const events: NotifierEvent[] = []
  const notifier = await createNotifier({
    from: 'soc@example.com',
    transport: { host: '127.0.0.1', port: server.port },
    retry: { delay: 5 },
    onEvent: (event) => {
      events.push(event)
      throw new Error('a bug in the listener')
    },
  })
  cleanup.push(server.stop, notifier.close)
  return { notifier, events }
}

const job = { to: 'a@example.com', subject: 'Status', body: 'All quiet.' }

describe('onEvent', () => {
  it('hears of another attempt while the mail is under way, and of its end', async () => {
    let asked = 0
    const { notifier, events } = await listeningAt({
      rcpt: {
        'a@example.com': (socket) =>
          void socket.write(++asked === 1 ? '450 4.2.0 Greylisted\r\n' : '250 2.1.5 Ok\r\n'),
      },
    })
    const { messageId } = await notifier.send(job)
    expect(events).toMatchObject([
      {
        type: 'retry',
        messageId,
        attempt: 1,
        attempts: 5,
        recipients: [{ address: 'a@example.com', code: 450, message: 'Greylisted' }],
        code: null,
        at: expect.any(Date),
      },
      { type: 'sent', report: { messageId, accepted: ['a@example.com'] } },
    ])
  })

  it('hears of no attempt after an end for good', async () => {
    const { notifier, events } = await listeningAt({ rcpt: { 'a@example.com': '550 5.1.1 No such user' } })
    await expect(notifier.send(job)).rejects.toMatchObject({ code: 'RECIPIENTS_REFUSED' })
    expect(events.map(({ type }) => type)).toEqual(['failed'])
  })

  it('hears nothing of a dry run', async () => {
    const { notifier, events } = await listeningAt({})
    await notifier.send(job, { dryRun: true })
    expect(events).toEqual([])
  })
})
