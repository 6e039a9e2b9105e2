import { IncidentMailerError, type StageName } from './errors.js'
import type { Logger } from './logger.js'
import type { PlannedRetry, Timings } from './mail.js'
import { millisecondsSince } from './milliseconds-since.js'

/** What every stage is handed beside its input. */
export interface StageContext {
  /** Ends the work early: the stage throws an error with code `ABORTED` or `TIMEOUT`. */
  readonly signal?: AbortSignal
  /** Where log lines go. Default: nowhere. */
  readonly logger?: Logger
  /** When the time for the work is up, by `performance.now()`. Default: never. */
  readonly deadline?: number
  /**
   * Called with a mail's Message-ID before the first octet of a copy is handed over: the last moment at which that
   * copy has certainly not been sent. A copy for which this fails is not sent. Default: nothing is called.
   */
  readonly beforeData?: (messageId: string) => void | Promise<void>
  /**
   * Called before the wait for another attempt. What it throws is logged, and changes nothing. Default: nothing is
   * called.
   */
  readonly onRetry?: (retry: PlannedRetry) => void
  /** Runs the work of each stage, whose name it is told. Default: it is just run. */
  readonly aroundStage?: <T>(stage: keyof Timings, work: () => Promise<T>) => Promise<T>
}

/** One step of a mail's way. A function of this shape can stand between any two stages whose types it fits. */
export type Stage<In, Out> = (input: In, context: StageContext) => Promise<Out>

/**
 * Chains stages into one, each fed with the result of the one before. The types refuse a stage in the wrong
 * place: nothing can be signed that was not composed.
 *
 * @example
 * ```ts
 * import { compose, deliver, pipeline, render, sign } from 'incident-mailer'
 *
 * const send = pipeline(
 *   render({}),
 *   compose({ from: 'SOC <soc@example.com>' }),
 *   sign({ identity: { p12: './soc.p12', passphrase: process.env.P12_PASSPHRASE } }),
 *   deliver({ transport: { folder: './outbox' } }),
 * )
 * const report = await send({ to: 'ciso@example.com', subject: 'Hello', body: 'All quiet.' }, {})
 * ```
 */
export function pipeline<A, B>(first: Stage<A, B>): Stage<A, B>
export function pipeline<A, B, C>(first: Stage<A, B>, second: Stage<B, C>): Stage<A, C>
export function pipeline<A, B, C, D>(a: Stage<A, B>, b: Stage<B, C>, c: Stage<C, D>): Stage<A, D>
export function pipeline<A, B, C, D, E>(
  a: Stage<A, B>,
  b: Stage<B, C>,
  c: Stage<C, D>,
  d: Stage<D, E>,
): Stage<A, E>
export function pipeline<A, B, C, D, E, F>(
  a: Stage<A, B>,
  b: Stage<B, C>,
  c: Stage<C, D>,
  d: Stage<D, E>,
  e: Stage<E, F>,
): Stage<A, F>
export function pipeline<A, B, C, D, E, F, G>(
  a: Stage<A, B>,
  b: Stage<B, C>,
  c: Stage<C, D>,
  d: Stage<D, E>,
  e: Stage<E, F>,
  f: Stage<F, G>,
): Stage<A, G>
export function pipeline<A, B, C, D, E, F, G, H>(
  a: Stage<A, B>,
  b: Stage<B, C>,
  c: Stage<C, D>,
  d: Stage<D, E>,
  e: Stage<E, F>,
  f: Stage<F, G>,
  g: Stage<G, H>,
): Stage<A, H>
export function pipeline(...stages: Stage<never, unknown>[]): Stage<unknown, unknown> {
  return async (input, context) => {
    let value = input
    for (const stage of stages) value = await (stage as Stage<unknown, unknown>)(value, context)
    return value
  }
}

/**
 * Makes a stage out of its work: stops it when the signal says so, notes how long it took among the timings
 * that its result carries, and gives every error the stage it came from.
 */
export function defineStage<In, Out extends { readonly timings: Timings }>(
  name: keyof Timings,
  work: (input: In, context: StageContext) => Promise<Out>,
): Stage<In, Out> {
  return async (input, context) => {
    const timed = async () => {
      const started = performance.now()
      try {
        throwIfAborted(context.signal)
        const output = await work(input, context)
        return { ...output, timings: { ...output.timings, [name]: millisecondsSince(started) } }
      } catch (thrown) {
        throw placed(thrown, name, input, context.signal)
      }
    }
    return await (context.aroundStage ? context.aroundStage(name, timed) : timed())
  }
}

/** Throws the signal's reason as an error of ours: `TIMEOUT` when the time was up, else `ABORTED`. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal)
}

/** The error of a signal that has fired. */
export function abortError(signal: AbortSignal): IncidentMailerError {
  const timedOut = signal.reason instanceof Error && signal.reason.name === 'TimeoutError'
  return timedOut
    ? new IncidentMailerError(
        'TIMEOUT',
        'the time for this mail was up; try again, or set a larger timeout',
        {
          temporary: true,
          cause: signal.reason,
        },
      )
    : new IncidentMailerError('ABORTED', 'stopped by the caller', {
        temporary: true,
        cause: signal.reason,
      })
}

/** The error with what is known of its place: the stage, and the Message-ID once the mail has one. */
function placed(thrown: unknown, stage: StageName, input: unknown, signal: AbortSignal | undefined): unknown {
  const ours = thrown instanceof IncidentMailerError
  // A programming mistake, ours or that of a caller's own function, is passed on as it is.
  if (!ours && !signal?.aborted) return thrown
  const error = ours ? thrown : abortError(signal as AbortSignal)
  error.stage ??= stage
  error.messageId ??= messageIdOf(input)
  return error
}

function messageIdOf(input: unknown): string | null {
  const composed =
    typeof input === 'object' && input !== null && 'deliveries' in input && 'messageId' in input
  return composed && typeof input.messageId === 'string' ? input.messageId || null : null
}
