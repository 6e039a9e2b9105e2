import { setMaxListeners } from 'node:events'
import { IncidentMailerError } from '../errors.js'
import type { DeliveryReport, MailRequest } from '../mail.js'
import { invalidOption, refuseUnknownOptions } from '../options.js'
import { throwIfAborted } from '../pipeline.js'
import type { NotifierEvent } from './events.js'

/** What `sendMany` takes. */
export interface SendManyOptions {
  /** Ends the mails under way early, and begins no more. */
  readonly signal?: AbortSignal
  /** How many mails are under way at once, from rendering to the server's answer. Default 10. */
  readonly concurrency?: number
  /**
   * Called before a mail's first octet is handed over: the last moment at which it has certainly not been sent.
   * A mail for which this fails is not sent. Default: nothing is called.
   */
  readonly beforeData?: (messageId: string, index: number) => void | Promise<void>
  /** Do everything but hand them over, the guard's judgement too. Default false. */
  readonly dryRun?: boolean
}

/** What became of one of many. */
export type SendResult = {
  /** Its place among the jobs, from 0. */
  readonly index: number
  readonly request: MailRequest
} & (
  | { readonly report: DeliveryReport; readonly error: null }
  /** The report is there where a server was asked. */
  | { readonly report: DeliveryReport | null; readonly error: IncidentMailerError }
)

/** Many jobs, in memory or as they come. */
export type Jobs = Iterable<MailRequest> | AsyncIterable<MailRequest>

/** What `sendMany` needs of its notifier. */
export interface OneByOne {
  /** Sends one. */
  send(
    request: MailRequest,
    options: {
      signal?: AbortSignal
      beforeData?: (messageId: string) => void | Promise<void>
      dryRun?: boolean
    },
  ): Promise<DeliveryReport>
  tell(event: NotifierEvent): void
}

/**
 * Sends many mails, so many at once, and yields what became of each as soon as it is known. No job is taken
 * before there is room for it, and none while the results are not read: neither grows in memory.
 */
export async function* sendMany(
  jobs: Jobs,
  options: SendManyOptions,
  { send, tell }: OneByOne,
): AsyncGenerator<SendResult, void, undefined> {
  const { signal, concurrency, beforeData, dryRun } = checked(options)
  // Each mail under way listens to it: that is no leak, of which Node would warn.
  if (signal) setMaxListeners(0, signal)
  const source = Symbol.asyncIterator in jobs ? jobs[Symbol.asyncIterator]() : jobs[Symbol.iterator]()
  const ready: Happening[] = []
  const underWay = new Set<Promise<void>>()
  const count = { begun: 0, finished: 0, sent: 0, partial: 0, failed: 0, unknown: 0 }
  let pulling = false
  let exhausted = false
  let broken: { readonly thrown: unknown } | null = null
  let wake = () => {}

  const happened = (happening: Happening) => {
    ready.push(happening)
    wake()
  }
  const pull = async () => {
    try {
      const { done, value } = await source.next()
      happened(done ? { end: null } : { request: value })
    } catch (thrown) {
      happened({ end: { thrown } })
    }
  }
  const begin = async (request: MailRequest, index: number) => {
    const announce = beforeData && ((messageId: string) => beforeData(messageId, index))
    try {
      const report = await send(request, { signal, beforeData: announce, dryRun })
      happened({ result: { index, request, report, error: null } })
    } catch (error) {
      // A programming mistake, ours or that of a caller's own function, ends the whole.
      if (!(error instanceof IncidentMailerError)) return happened({ mistake: { thrown: error } })
      happened({ result: { index, request, report: error.report, error } })
    }
  }
  const progress = () => tell({ type: 'progress', ...count })
  const stop = () => wake()
  signal?.addEventListener('abort', stop)

  try {
    for (;;) {
      // Those whose result was not read yet count as well.
      const room = count.begun - count.finished < concurrency
      if (room && !pulling && !exhausted && !signal?.aborted) {
        pulling = true
        void pull()
      }
      const happening = ready.shift()
      if (happening === undefined) {
        // A source that does not answer holds up nobody once the signal has fired.
        if (count.begun === count.finished && (exhausted || signal?.aborted)) break
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      } else if ('request' in happening) {
        pulling = false
        if (signal?.aborted) continue
        const sending = begin(happening.request, count.begun++)
        underWay.add(sending)
        void sending.finally(() => underWay.delete(sending))
        progress()
      } else if ('result' in happening) {
        const { result } = happening
        count.finished++
        count[outcomeOf(result)]++
        progress()
        yield result
      } else {
        if ('end' in happening) pulling = false
        else count.finished++
        broken ??= 'end' in happening ? happening.end : happening.mistake
        exhausted = true
      }
    }
  } finally {
    signal?.removeEventListener('abort', stop)
    // Not waited for: a source that is asked for a job may never answer.
    if (!exhausted) void (async () => source.return?.())().catch(() => {})
    // A reader who leaves early wants no more begun; what is under way may have left the house.
    await Promise.allSettled(underWay)
  }
  if (broken) throw broken.thrown
  throwIfAborted(signal)
}

type Happening =
  | { readonly request: MailRequest }
  /** The jobs are at their end, or broke off. */
  | { readonly end: { readonly thrown: unknown } | null }
  | { readonly result: SendResult }
  | { readonly mistake: { readonly thrown: unknown } }

function outcomeOf({ report, error }: SendResult): 'sent' | 'partial' | 'failed' | 'unknown' {
  if (error) return error.code === 'OUTCOME_UNKNOWN' ? 'unknown' : 'failed'
  return report.outcome === 'partial' ? 'partial' : 'sent'
}

function checked(options: SendManyOptions) {
  refuseUnknownOptions(options, OPTIONS, 'options of sendMany')
  const { concurrency = 10 } = options
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > MOST)
    throw invalidOption('concurrency', `concurrency must be a whole number from 1 to ${MOST}`)
  return { ...options, concurrency }
}

const OPTIONS: Record<keyof SendManyOptions, true> = {
  signal: true,
  concurrency: true,
  beforeData: true,
  dryRun: true,
}

/** Every mail under way is in memory. */
const MOST = 1_000
