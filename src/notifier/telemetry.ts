import type * as Otel from '@opentelemetry/api'
import type { Destination } from '../deliver/transport.js'
import { IncidentMailerError } from '../errors.js'
import type { DeliveryReport, PlannedRetry } from '../mail.js'
import type { Stage, StageContext } from '../pipeline.js'

/**
 * Gives a mail's way a span of OpenTelemetry's, with a child for each stage, and counts it, by the semantic
 * conventions for messaging. Where the program has set up no OpenTelemetry, nothing is loaded and nothing happens;
 * and nothing that fails there becomes the mail's failure.
 *
 * What it tells is numbers, and words that we chose ourselves. Subjects, addresses and what errors say stay here: who
 * reads traces is seldom who may read incidents. The one text of others is the Message-ID.
 */
export function traced<In>(
  way: Stage<In, DeliveryReport>,
  destination: Destination,
): Stage<In, DeliveryReport> {
  return async (input, context) => {
    const otel = await openTelemetry()
    const account = otel && quietly(() => beginAccount(otel, destination))
    if (!account) return await way(input, context)
    try {
      const work = () => way(input, { ...context, ...account.watching(context) })
      const report = await account.run(work)
      account.end({ report, attempted: true })
      return report
    } catch (thrown) {
      const ours = thrown instanceof IncidentMailerError ? thrown : null
      const attempted = ours?.stage === 'deliver'
      account.end({ report: ours?.report ?? null, attempted, thrown })
      throw thrown
    }
  }
}

/** The account that is given of one mail. */
interface Account {
  /** Does the work as the span's own. */
  run<T>(work: () => Promise<T>): Promise<T>
  /** What the stages are given, so that they and further attempts are seen. */
  watching(context: StageContext): Pick<StageContext, 'aroundStage' | 'onRetry'>
  end(end: {
    readonly report: DeliveryReport | null
    readonly attempted: boolean
    readonly thrown?: unknown
  }): void
}

function beginAccount(otel: typeof Otel, destination: Destination): Account {
  const common = commonAttributes(destination)
  const tracer = otel.trace.getTracer(SCOPE)
  const span = tracer.startSpan('send', { kind: otel.SpanKind.CLIENT, attributes: common })
  // Handed down by hand: a program without a context manager has parents and children all the same.
  const within = otel.trace.setSpan(otel.context.active(), span)
  const started = performance.now()
  return {
    run: (work) => runIn(otel, within, work),
    watching: ({ onRetry }) => ({
      async aroundStage(stage, work) {
        const child = quietly(() => tracer.startSpan(stage, {}, within))
        if (!child) return await work()
        try {
          return await runIn(otel, otel.trace.setSpan(within, child), work)
        } catch (thrown) {
          quietly(() => fail(otel, child, thrown))
          throw thrown
        } finally {
          quietly(() => child.end())
        }
      },
      onRetry(retry) {
        quietly(() => span.addEvent('incident_mailer.retry', retryAttributes(retry)))
        onRetry?.(retry)
      },
    }),
    end({ report, attempted, thrown }) {
      const failed = thrown !== undefined
      quietly(() => {
        if (report) span.setAttributes(reportAttributes(report))
        if (failed) fail(otel, span, thrown)
        span.end()
      })
      quietly(() => {
        const { duration, sent } = instruments(otel)
        const attributes = { ...common, ...(failed && { [ERROR_TYPE]: typeOf(thrown) }) }
        duration.record((performance.now() - started) / 1_000, attributes, within)
        if (attempted) sent.add(1, attributes, within)
      })
    },
  }
}

function commonAttributes({ system, host, port }: Destination): Otel.Attributes {
  return {
    'messaging.system': system,
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    ...(host !== null && { 'server.address': host }),
    ...(port !== null && { 'server.port': port }),
  }
}

function reportAttributes(report: DeliveryReport): Otel.Attributes {
  return {
    ...(report.messageId !== '' && { 'messaging.message.id': report.messageId }),
    'messaging.message.envelope.size': report.size,
    'incident_mailer.recipients.accepted': report.accepted.length,
    'incident_mailer.recipients.rejected': report.rejected.length,
    'incident_mailer.signed': report.signed,
    'incident_mailer.encrypted': report.encrypted,
    ...(report.outcome !== null && { 'incident_mailer.outcome': report.outcome }),
  }
}

function retryAttributes({ attempt, recipients, code, milliseconds }: PlannedRetry): Otel.Attributes {
  return {
    'incident_mailer.retry.attempt': attempt,
    'incident_mailer.retry.recipients': recipients.length,
    'incident_mailer.retry.delay': milliseconds,
    ...(code !== null && { [ERROR_TYPE]: code }),
  }
}

/** Notes an error by its code alone: its message names fields, files and people. */
function fail({ SpanStatusCode }: typeof Otel, span: Otel.Span, thrown: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR })
  span.setAttribute(ERROR_TYPE, typeOf(thrown))
  if (!(thrown instanceof IncidentMailerError)) return
  const { temporary, stage, messageId } = thrown
  span.setAttribute('incident_mailer.error.temporary', temporary)
  if (stage !== null) span.setAttribute('incident_mailer.error.stage', stage)
  if (messageId !== null) span.setAttribute('messaging.message.id', messageId)
}

/** `_OTHER` is what the conventions call an error without a name of its own. */
function typeOf(thrown: unknown): string {
  return thrown instanceof IncidentMailerError ? thrown.code : '_OTHER'
}

/** Does the work in a context: once, and also where the program's context manager throws. */
function runIn<T>(otel: typeof Otel, within: Otel.Context, work: () => Promise<T>): Promise<T> {
  let working: Promise<T> | undefined
  quietly(() =>
    otel.context.with(within, () => {
      working = work()
    }),
  )
  return working ?? work()
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

interface Instruments {
  readonly duration: Otel.Histogram
  readonly sent: Otel.Counter
}

/** By the provider, which a program may set up later than its first mail. */
const made = new WeakMap<Otel.MeterProvider, Instruments>()

function instruments({ metrics }: typeof Otel): Instruments {
  const provider = metrics.getMeterProvider()
  const known = made.get(provider)
  if (known) return known
  const meter = provider.getMeter(SCOPE)
  const duration = meter.createHistogram('messaging.client.operation.duration', {
    description: 'How long it takes to send a mail, from rendering to the answer.',
    unit: 's',
    advice: { explicitBucketBoundaries: [...BOUNDARIES] },
  })
  const sent = meter.createCounter('messaging.client.sent.messages', {
    description: 'Mails that somebody was asked to take.',
    unit: '{message}',
  })
  made.set(provider, { duration, sent })
  return { duration, sent }
}

let loaded: typeof Otel | undefined

/**
 * OpenTelemetry's API, or null where nobody has set it up: whoever does leaves this mark, of which every copy of the
 * API knows. So nothing is looked for on the disk where there is nothing to be found.
 */
async function openTelemetry(): Promise<typeof Otel | null> {
  if (loaded) return loaded
  if (!(Symbol.for('opentelemetry.js.api.1') in globalThis)) return null
  try {
    loaded = await import('@opentelemetry/api')
    return loaded
  } catch {
    // Somebody else's copy, which is out of our reach.
    return null
  }
}

const SCOPE = 'incident-mailer'
const ERROR_TYPE = 'error.type'

/** Seconds, as the conventions have them. */
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
