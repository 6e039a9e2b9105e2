import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ContextManager, context, metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createNotifier, type MailRequest, type NotifierOptions } from '../../src/index.js'
import { person, pkcs12 } from '../certificates/certificates.js'
import { drop, type Script, startScriptedServer } from '../peers/scripted-server.js'

class Reader extends MetricReader {
  protected async onForceFlush() {}
  protected async onShutdown() {}
}

const cleanup: (() => Promise<void>)[] = []
let spans: InMemorySpanExporter
let reader: Reader

/** Sets OpenTelemetry up, as a program does. */
function setUp(...more: SpanProcessor[]) {
  spans = new InMemorySpanExporter()
  reader = new Reader()
  const spanProcessors = [...more, new SimpleSpanProcessor(spans)]
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }))
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
}

beforeEach(() => setUp())
afterEach(async () => {
  for (const stop of cleanup.splice(0).reverse()) await stop()
  trace.disable()
  metrics.disable()
  context.disable()
})

async function notifierAt(script: Script, options: NotifierOptions = {}) {
  const server = await startScriptedServer(script)
  const transport = { host: '127.0.0.1', port: server.port }
  const notifier = await createNotifier({ from: 'SOC <soc@example.com>', transport, ...options })
  cleanup.push(server.stop, notifier.close)
  return { server, notifier }
}

const finished = () => spans.getFinishedSpans()

function named(name: string): ReadableSpan {
  const found = finished().filter((span) => span.name === name)
  const [first] = found
  if (found.length !== 1 || !first) throw new Error(`${found.length} spans are called ${name}`)
  return first
}

const parentOf = (span: ReadableSpan) => span.parentSpanContext?.spanId
const idOf = (span: ReadableSpan) => span.spanContext().spanId

/** Each metric's points: attributes, and how often. */
async function points() {
  const { resourceMetrics } = await reader.collect()
  return Object.fromEntries(
    resourceMetrics.scopeMetrics
      .flatMap((scope) => scope.metrics)
      .map(({ descriptor, dataPoints }) => [
        descriptor.name,
        {
          unit: descriptor.unit,
          points: dataPoints.map(({ attributes, value }) => ({
            attributes,
            count: typeof value === 'number' ? value : 'count' in value ? value.count : 0,
          })),
        },
      ]),
  )
}

const job = { to: 'a@example.com', subject: 'Status', body: 'All quiet.' }
const smime = { identity: { p12: pkcs12(person('soc@example.com'), 'open'), passphrase: 'open' } }

describe('a mail', () => {
  it('is a span, with one for each stage, by the conventions for messaging', async () => {
    const { server, notifier } = await notifierAt({}, { smime })
    const report = await notifier.send({ ...job, encryptionCertificates: person('a@example.com').pem })
    const send = named('send')
    expect(send).toMatchObject({ kind: SpanKind.CLIENT, status: { code: SpanStatusCode.UNSET } })
    expect(send.attributes).toEqual({
      'messaging.system': 'smtp',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'server.address': '127.0.0.1',
      'server.port': server.port,
      'messaging.message.id': report.messageId,
      'messaging.message.envelope.size': report.size,
      'incident_mailer.outcome': 'sent',
      'incident_mailer.recipients.accepted': 1,
      'incident_mailer.recipients.rejected': 0,
      'incident_mailer.signed': true,
      'incident_mailer.encrypted': true,
    })
    const stages = finished().filter((span) => span !== send)
    expect(stages.map(({ name }) => name)).toEqual(['render', 'compose', 'sign', 'encrypt', 'deliver'])
    for (const stage of stages) expect(parentOf(stage)).toBe(idOf(send))
  })

  it('belongs to what asked for it, also among many at once', async () => {
    const { notifier } = await notifierAt({})
    const tracer = trace.getTracer('the program')
    await Promise.all(
      ['one', 'two'].map((name) =>
        tracer.startActiveSpan(name, async (span) => {
          await notifier.send(job)
          span.end()
        }),
      ),
    )
    for (const name of ['one', 'two']) {
      const parent = named(name)
      const [send, ...others] = finished().filter((span) => parentOf(span) === idOf(parent))
      expect([send?.name, others]).toEqual(['send', []])
      const children = finished().filter((span) => send && parentOf(span) === idOf(send))
      expect(children).toHaveLength(5)
    }
  })

  it('has what its incident source does among its rendering', async () => {
    const incidents = {
      async get() {
        return await trace.getTracer('the program').startActiveSpan('lookup', async (span) => {
          span.end()
          return { incident: { id: 7, name: 'Phishing' } }
        })
      },
    }
    const { notifier } = await notifierAt({}, { incidents })
    await notifier.send({ ...job, incident: 7 })
    expect(parentOf(named('lookup'))).toBe(idOf(named('render')))
  })

  it('has its stages as children also where nobody keeps the context', async () => {
    context.disable()
    const { notifier } = await notifierAt({})
    await notifier.send(job)
    expect(parentOf(named('deliver'))).toBe(idOf(named('send')))
  })

  it('by raw and by deliver is a span, too; a dry run is none, and neither is a mail that nobody sends', async () => {
    const { notifier } = await notifierAt({})
    const mail = await notifier.compose(job)
    await notifier.send(job, { dryRun: true })
    expect(finished()).toEqual([])
    await notifier.deliver(mail)
    await notifier.raw('From: soc@example.com\nTo: a@example.com\nMessage-ID: <1@example.com>\n\nHi\n')
    expect(finished().map(({ name }) => name)).toEqual(['deliver', 'send', 'deliver', 'send'])
  })

  it('that is tried again says so', async () => {
    let asked = 0
    const { notifier } = await notifierAt(
      { mail: (socket) => (++asked === 1 ? socket.destroy() : socket.write('250 2.1.0 Ok\r\n')) },
      { retry: { delay: 5, jitter: 0 } },
    )
    await notifier.send(job)
    expect(named('send').events).toMatchObject([
      {
        name: 'incident_mailer.retry',
        attributes: {
          'incident_mailer.retry.attempt': 1,
          'incident_mailer.retry.recipients': 1,
          'incident_mailer.retry.delay': 5,
          'error.type': 'CONNECTION_FAILED',
        },
      },
    ])
  })

  it.each<[string, string, Script, object]>([
    ['RECIPIENTS_REFUSED', 'deliver', { rcpt: { 'a@example.com': '450 4.2.0 Later' } }, {}],
    ['OUTCOME_UNKNOWN', 'deliver', { message: drop }, {}],
    ['TEMPLATE_ERROR', 'render', {}, { inlineTemplate: '{% if %}', body: undefined }],
    ['INVALID_ADDRESS', 'compose', {}, { to: 'nobody' }],
    ['IDENTITY_MISSING', 'sign', {}, { sign: true }],
  ])(
    'that fails by %s has that as its error type, as has the stage %s',
    async (code, stage, script, changes) => {
      const { notifier } = await notifierAt(script)
      await expect(notifier.send({ ...job, ...changes })).rejects.toMatchObject({ code })
      for (const span of [named('send'), named(stage)]) {
        expect(span.status).toEqual({ code: SpanStatusCode.ERROR })
        expect(span.attributes).toMatchObject({ 'error.type': code, 'incident_mailer.error.stage': stage })
      }
      const duration = (await points())['messaging.client.operation.duration']
      expect(duration?.points).toMatchObject([{ attributes: { 'error.type': code }, count: 1 }])
    },
  )

  it('has no more to fear from a tracer that breaks', async () => {
    trace.disable()
    const broken = () => {
      throw new Error('the tracer is broken')
    }
    setUp({ onStart: broken, onEnd: broken, forceFlush: async () => {}, shutdown: async () => {} })
    const { notifier } = await notifierAt({})
    expect(await notifier.send(job)).toMatchObject({ outcome: 'sent' })
  })

  it('is sent once where the keeper of the context breaks, before the work or after', async () => {
    for (const runs of [false, true]) {
      const keeper: ContextManager = new AsyncLocalStorageContextManager()
      keeper.with = (_, work, that, ...others) => {
        if (runs) Reflect.apply(work, that, others)
        throw new Error('the keeper is broken')
      }
      context.disable()
      context.setGlobalContextManager(keeper)
      const { server, notifier } = await notifierAt({})
      expect(await notifier.send(job)).toMatchObject({ outcome: 'sent' })
      expect(server.messages).toHaveLength(1)
    }
  })

  it('is counted also where a processor of spans breaks', async () => {
    const breaks = () => {
      throw new Error('the processor is broken')
    }
    trace.disable()
    metrics.disable()
    setUp({ onStart() {}, onEnd: breaks, async forceFlush() {}, async shutdown() {} })
    const { notifier } = await notifierAt({})
    expect(await notifier.send(job)).toMatchObject({ outcome: 'sent' })
    expect(Object.keys(await points())).toEqual([
      'messaging.client.operation.duration',
      'messaging.client.sent.messages',
    ])
  })
})

describe('the metrics', () => {
  it('count mails that somebody was asked to take, and how long each took', async () => {
    const { server, notifier } = await notifierAt({ rcpt: { 'gone@example.com': '550 5.1.1 No' } })
    await notifier.send(job)
    await notifier.send(job)
    await notifier.send({ ...job, to: 'gone@example.com' }).catch(() => {})
    await notifier.send({ ...job, to: 'nobody' }).catch(() => {})
    const attributes = {
      'messaging.system': 'smtp',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'server.address': '127.0.0.1',
      'server.port': server.port,
    }
    const good = { attributes, count: 2 }
    const refused = { attributes: { ...attributes, 'error.type': 'RECIPIENTS_REFUSED' }, count: 1 }
    const invalid = { attributes: { ...attributes, 'error.type': 'INVALID_ADDRESS' }, count: 1 }
    expect(await points()).toEqual({
      'messaging.client.operation.duration': { unit: 's', points: [good, refused, invalid] },
      'messaging.client.sent.messages': { unit: '{message}', points: [good, refused] },
    })
  })
})

describe('neither span nor metric', () => {
  const SECRETS = [
    'recipient.secret',
    'sender.secret',
    'SubjectSecret',
    'BodySecret',
    'IncidentSecret',
    'FileSecret',
    'HeaderSecret',
    'ReplySecret',
    'LabelSecret',
    'VariableSecret',
  ]
  const request: MailRequest = {
    to: 'recipient.secret@example.com',
    subject: 'SubjectSecret {{ incident.name }}',
    inlineTemplate: '<p>BodySecret {{ incident.name }}</p>',
    incident: { id: 7, name: 'IncidentSecret' },
    headers: { 'X-Note': 'HeaderSecret' },
  }
  const refusing = (reply: string): Script => ({ rcpt: { 'recipient.secret@example.com': reply } })

  it.each<[string, Script, Partial<MailRequest>, NotifierOptions]>([
    ['is sent', {}, {}, {}],
    ['is refused', refusing('550 5.1.1 <recipient.secret@example.com>: ReplySecret'), {}, {}],
    ['is tried again', refusing('450 4.2.0 ReplySecret'), {}, { retry: { delay: 1, attempts: 3 } }],
    ['has a broken template', {}, { inlineTemplate: '{{ VariableSecret | LabelSecret }}' }, {}],
    ['lacks a variable', {}, { inlineTemplate: '{{ VariableSecret }}', strictUndefined: true }, {}],
    ['has a bad address', {}, { to: 'recipient.secret' }, {}],
    ['lacks a certificate', {}, { encrypt: true }, { smime }],
    ['lacks a file', {}, { attachments: [{ path: 'FileSecret.txt' }] }, {}],
    ['names a template', {}, { inlineTemplate: undefined, template: 'LabelSecret' }, {}],
    ['writes headers of its own', {}, { headers: { 'X-Note': 'HeaderSecret\r\nBcc: x@example.com' } }, {}],
    ['is kept by the guard', {}, {}, { guard: { recipients: ['example.org'] } }],
    ['goes to a server that is away', { greeting: drop }, {}, {}],
    ['has an end nobody knows', { message: drop }, {}, {}],
  ])('tells anything of a mail that %s', async (_, script, changes, options) => {
    const { notifier } = await notifierAt(script, { from: 'sender.secret@example.com', ...options })
    await notifier.send({ ...request, ...changes }).catch(() => {})
    const told = JSON.stringify([
      finished().map(({ name, attributes, events, status, links }) => ({
        ...{ name, attributes, events, status, links },
      })),
      await points(),
    ])
    expect(told).toContain('"send"')
    expect(SECRETS.filter((secret) => told.includes(secret))).toEqual([])
  })
})

it('names other ways out by what they are', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'telemetry-'))
  cleanup.push(() => rm(folder, { recursive: true }))
  const notifier = await createNotifier({ from: 'soc@example.com', transport: { folder } })
  await notifier.send(job)
  const { attributes } = named('send')
  expect(attributes).toMatchObject({ 'messaging.system': 'folder' })
  expect(attributes).not.toHaveProperty('server.address')
  await notifier.close()
})
