import { afterEach, describe, expect, it } from 'vitest'
import { checkTransport } from '../../src/deliver/check.js'
import { deliver } from '../../src/deliver/deliver.js'
import { severalCarrier, type WeightedCarrier } from '../../src/deliver/several.js'
import { IncidentMailerError } from '../../src/errors.js'
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

  it('say which way failed and why, and which was taken, also while the first is left alone', async () => {
    const { servers, send } = await through({ script: { greeting: '554 5.3.2 No' } }, { script: {} })
    const [first, second] = servers.map(({ port }) => `127.0.0.1:${port}`)
    for (let count = 0; count < 2; count++) {
      const { warnings } = await send(mail(), {})
      expect(warnings).toEqual([
        {
          code: 'TRANSPORT_SKIPPED',
          message: expect.stringContaining('transport.transports[0] did not take the mail'),
        },
      ])
      expect(warnings[0]?.message).toContain(`so transport.transports[1] (${second}) was taken`)
      expect(warnings[0]?.message).toMatch(new RegExp(`${first} .*554 5\\.3\\.2 No`))
    }
    const copies = [delivery('a\r\n', 'a@example.com'), delivery('b\r\n', 'bcc:b@example.com')]
    expect((await send(mail({ deliveries: copies }), {})).warnings).toHaveLength(1)
    const working = await through({ script: {} }, { script: {} })
    expect((await working.send(mail(), {})).warnings).toEqual([])
  })

  it('tell no password of the way that failed', async () => {
    const auth = { user: 'soc', pass: 'hunter2hunter2' }
    const script = { extensions: ['AUTH PLAIN'], auth: `535 5.7.8 ${auth.pass} is wrong` }
    const { send } = await through({ script, transport: { auth } }, { script: {} })
    const report = await send(mail(), {})
    expect(report.warnings).toMatchObject([{ code: 'TRANSPORT_SKIPPED' }])
    expect(JSON.stringify(report)).not.toContain(auth.pass)
  })

  it.each<[string, Script, Script]>([
    ['at the beginning', { greeting: '554 No' }, { greeting: '421 Later' }],
    ['after the other', { greeting: '421 Later' }, { greeting: '554 No' }],
    ['at the data', { greeting: '421 Later' }, { data: drop }],
  ])('tell of each, in order, where none works and one fails %s', async (_, one, other) => {
    const { servers, send } = await through({ script: one }, { script: other })
    const error = await errorOf(send(mail(), {}))
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', temporary: true })
    const [first, second] = servers.map(({ port }) => `127.0.0.1:${port}`)
    const [before, after] = error.message.split('transport.transports[1]: ')
    expect(before).toMatch(/transport\.transports\[0\]: /)
    expect([before?.includes(`${first}`), after?.includes(`${second}`)]).toEqual([true, true])
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
    [{ transports: [{ host: 'a' }] }, 'transport.transports[0].transport'],
    [{ transports: [{ weight: 1 }] }, 'transport.transports[0].transport'],
    [{ transports: [{ transprot: { folder: 'x' } }] }, 'transport.transports[0].transprot'],
    [{ transports: [{ transport: { folder: 'x' }, weight: -1 }] }, 'transport.transports[0].weight'],
    [{ transports: [{ transport: { folder: 'x' } }], host: 'x' }, 'transport.host'],
  ])('refuse %j', (transport, field) => {
    expect(() => deliver({ transport: transport as never })).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG', field }),
    )
  })
})

describe('the ways of several', () => {
  const parcel = { messageId: '<1@example.com>', from: 'soc@example.com', to: ['ciso@example.com'] }
  const failure = new IncidentMailerError('CONNECTION_FAILED', 'lost', { temporary: true })

  /** Two ways, the first of which leaves people undecided or refused, and what was asked of each. */
  function ways(undecided: readonly string[], before = () => {}) {
    const asked: string[] = []
    const way = (name: string): WeightedCarrier => ({
      ...{ weight: null, field: name, place: name },
      carrier: {
        warnings: [],
        async send() {
          asked.push(`send ${name}`)
          before()
          return { accepted: [], rejected: [], undecided, response: null, failure }
        },
        async close() {
          asked.push(`close ${name}`)
        },
      },
    })
    return { asked, carrier: severalCarrier([way('one'), way('two')]) }
  }

  it('are all closed', async () => {
    const { asked, carrier } = ways([])
    await carrier.close()
    expect(asked).toEqual(['close one', 'close two'])
  })

  it('are taken one after the other only while nobody may have the mail, and nobody gives it up', async () => {
    const bytes = Buffer.from('Subject: x\r\n\r\n')
    const all = ways([])
    await expect(all.carrier.send({ ...parcel, bytes }, {})).resolves.toMatchObject({ accepted: [] })
    expect(all.asked).toEqual(['send one', 'send two'])
    const perhaps = ways(parcel.to)
    await perhaps.carrier.send({ ...parcel, bytes }, {})
    expect(perhaps.asked).toEqual(['send one'])
    const controller = new AbortController()
    const stopped = ways([], () => controller.abort())
    await stopped.carrier.send({ ...parcel, bytes }, { signal: controller.signal })
    expect(stopped.asked).toEqual(['send one'])
  })
})
