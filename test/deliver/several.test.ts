import { afterEach, describe, expect, it } from 'vitest'
import { checkTransport } from '../../src/deliver/check.js'
import { deliver } from '../../src/deliver/deliver.js'
import { drop, type Script, type ScriptedServer, startScriptedServer } from '../peers/scripted-server.js'
import { delivery, errorOf, failureOf, mail, mailTo } from './mails.js'

const cleanup: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of cleanup.splice(0).reverse()) await stop()
})

async function through(...ways: { script: Script; weight?: number; transport?: object }[]) {
  const servers: ScriptedServer[] = []
  const transports = []
  for (const { script, weight, transport } of ways) {
    const server = await startScriptedServer(script)
    servers.push(server)
    cleanup.push(server.stop)
    transports.push({ transport: { host: '127.0.0.1', port: server.port, ...transport }, weight })
  }
  const send = deliver({ transport: { transports } })
  cleanup.push(send.close)
  return { servers, send, transports }
}

const messages = (servers: readonly ScriptedServer[]) => servers.map((server) => server.messages.length)

describe('several transports', () => {
  it('are taken in their order, the first while it works', async () => {
    const { servers, send } = await through({ script: {} }, { script: {} })
    for (let count = 0; count < 3; count++) await send(mail(), {})
    expect(messages(servers)).toEqual([3, 0])
  })

  it.each<[string, Script, object]>([
    ['turns the connection away', { greeting: '554 5.3.2 No' }, {}],
    ['has no TLS', { extensions: [] }, { tls: 'starttls' }],
    [
      'refuses the password',
      { extensions: ['AUTH PLAIN'], auth: '535 5.7.8 No' },
      { auth: { user: 'a', pass: 'bbbbbb' } },
    ],
    ['breaks off before the data', { data: drop }, {}],
    ['does not speak SMTP', { greeting: 'HTTP/1.1 400 Bad Request' }, {}],
  ])('lead past one that %s, which is left alone for a while', async (_, script, transport) => {
    const { servers, send } = await through({ script, transport }, { script: {} })
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
    expect(messages(servers)).toEqual([0, 2])
    expect(servers[0]?.sessions).toHaveLength(1)
  })

  it('lead past one that has no room for so large a mail, and is otherwise as good as before', async () => {
    const { servers, send } = await through({ script: { extensions: ['SIZE 300'] } }, { script: {} })
    const large = mail({ deliveries: [delivery('x\r\n'.repeat(200), 'ciso@example.com')] })
    expect(await send(large, {})).toMatchObject({ outcome: 'sent' })
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
    expect(messages(servers)).toEqual([1, 1])
    const none = await through(
      { script: { extensions: ['SIZE 300'] } },
      { script: { extensions: ['SIZE 300'] } },
    )
    expect((await failureOf(none.send(large, {}))).report.rejected).toMatchObject([{ code: 552 }])
  })

  it('never send again what may have arrived', async () => {
    const { servers, send } = await through({ script: { message: drop } }, { script: {} })
    expect((await failureOf(send(mail(), {}))).error.code).toBe('OUTCOME_UNKNOWN')
    expect(messages(servers)).toEqual([1, 0])
  })

  it.each(['550 5.1.1 No such user', '450 4.2.0 Later'])('take %s for an answer', async (reply) => {
    const { servers, send } = await through({ script: { rcpt: { 'a@example.com': reply } } }, { script: {} })
    expect((await failureOf(send(mailTo('a@example.com'), {}))).error.code).toBe('RECIPIENTS_REFUSED')
    expect(servers[1]?.sessions).toEqual([])
  })

  it('end with the last failure where none works', async () => {
    const { send } = await through({ script: { greeting: '554 No' } }, { script: { greeting: '421 Later' } })
    expect(await errorOf(send(mail(), {}))).toMatchObject({ code: 'CONNECTION_FAILED', temporary: true })
  })

  it('with weights share the mails; one with the weight 0 is for emergencies', async () => {
    const { servers, send } = await through(
      { script: {}, weight: 3 },
      { script: {}, weight: 1 },
      { script: {}, weight: 0 },
    )
    for (let count = 0; count < 200; count++) await send(mail(), {})
    const [most = 0, some = 0, none] = messages(servers)
    expect(most + some).toBe(200)
    // 150 and 50, and ten standard deviations.
    expect(most).toBeGreaterThan(88)
    expect(some).toBeGreaterThan(0)
    expect(none).toBe(0)
  })

  it('are checked one by one', async () => {
    const { transports } = await through({ script: { greeting: '554 No' } }, { script: {} })
    const { ok, steps } = await checkTransport({ transports }, {})
    expect(ok).toBe(false)
    expect(steps.filter(({ step }) => step === 'tls').map(({ ok }) => ok)).toEqual([false, true])
  })

  it.each<[object, string]>([
    [{ transports: [] }, 'transport.transports'],
    [{ transports: [{ host: 'a' }] }, 'transport.transports[0].host'],
    [{ transports: [{ weight: 1 }] }, 'transport.transports[0]'],
    [{ transports: [{ transport: { folder: 'x' }, weight: -1 }] }, 'transport.transports[0].weight'],
    [{ transports: [{ transport: { folder: 'x' } }], host: 'x' }, 'transport.host'],
  ])('refuse %j', (transport, field) => {
    expect(() => deliver({ transport: transport as never })).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG', field }),
    )
  })
})
