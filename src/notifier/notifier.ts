import type { CheckReport } from '../check-steps.js'
import { readRawMessage } from '../compose/raw-message.js'
import { IncidentMailerError } from '../errors.js'
import { guard } from '../guard/guard.js'
import type { DeliveryReport, MailRequest, MimeMail, PlannedRetry, RenderedMail } from '../mail.js'
import { refuseUnknownOptions } from '../options.js'
import { abortError, pipeline, type Stage, type StageContext } from '../pipeline.js'
import { checkRequest } from '../schemas/job.js'
import type { SignOptions } from '../smime/sign.js'
import {
  CALL_OPTIONS,
  type CallOptions,
  CHECK_OPTIONS,
  type CheckOptions,
  DELIVERY_OPTIONS,
  type DeliveryCallOptions,
  RAW_OPTIONS,
  type RawOptions,
} from './call-options.js'
import { checkOptions } from './check-options.js'
import { dryRunReport } from './dry-run.js'
import { eventSender } from './events.js'
import { DEFAULT_TIMEOUT, type NotifierOptions, type SmimeOptions } from './notifier-options.js'
import { createRoutes, type Route } from './routes.js'
import { type Jobs, type SendManyOptions, type SendResult, sendMany } from './send-many.js'
import { sendTest, testTo } from './send-test.js'
import { loadSmimeStages, smimeStagesOnDemand } from './smime-stages.js'
import { traced } from './telemetry.js'

/** Mails incidents. Made by {@link createNotifier}; close it when done. */
export interface Notifier {
  /**
   * The whole way: renders, composes, signs, encrypts, delivers.
   *
   * @returns the report of a mail that at least one recipient's server accepted
   * @throws IncidentMailerError when nobody was accepted (`RECIPIENTS_REFUSED`), when nobody knows
   * (`OUTCOME_UNKNOWN`), both with the report in `error.report`; and for anything wrong before that, when
   * nothing was sent at all
   */
  send(request: MailRequest, options?: DeliveryCallOptions): Promise<DeliveryReport>
  /**
   * Sends many, a few at once, over the same connections, and yields what became of each as soon as it is known:
   * `{ index, request, report, error }`. A job that fails keeps none of the others. No job is taken from the
   * source before there is room for it. Leaving the loop early begins no more, and waits for those under way.
   *
   * @throws IncidentMailerError `INVALID_CONFIG` for wrong options; `ABORTED` at the end where the signal fired.
   * What the source throws, when those under way have ended
   */
  sendMany(jobs: Jobs, options?: SendManyOptions): AsyncGenerator<SendResult, void, undefined>
  /**
   * Sends a whole message (RFC 5322) that others made, as it is: to those in its To, Cc and Bcc, without its Bcc,
   * its line ends CRLF. Text all on one line with `\\n` where lines end is read as those lines.
   * Octets are not copied: they have to stay as they are until the report is there.
   *
   * @throws IncidentMailerError as `send` does; `INVALID_REQUEST` for what is no message
   */
  raw(message: string | Uint8Array, options?: RawOptions): Promise<DeliveryReport>
  /** Subject, HTML and text, and no more: what a preview needs. */
  render(request: MailRequest, options?: CallOptions): Promise<RenderedMail>
  /** Everything but delivery: the mail as it would stand on the wire, signed and encrypted. */
  compose(request: MailRequest, options?: CallOptions): Promise<MimeMail>
  /** Delivers what `compose` made. */
  deliver(mail: MimeMail, options?: DeliveryCallOptions): Promise<DeliveryReport>
  /**
   * Looks at what signs and encrypts, tries the way to the server step by step, and sends a test mail if told to and
   * all went well.
   *
   * @throws IncidentMailerError `INVALID_ADDRESS` or `NO_RECIPIENTS` for whom the test mail is for, before anything else
   */
  check(options?: CheckOptions): Promise<CheckReport>
  /** Closes the connections, and ends the processes of `isolated`. Mails under way are finished first. */
  close(): Promise<void>
}

/**
 * Makes a notifier: the one place that knows all stages.
 *
 * @example
 * ```ts
 * import { createNotifier } from 'incident-mailer'
 *
 * const notifier = await createNotifier({ from: 'SOC <soc@example.com>', transport: { folder: './outbox' } })
 * const report = await notifier.send({
 *   to: 'ciso@example.com',
 *   template: 'incident-summary',
 *   incident: { id: 2139, name: 'Phishing wave', severity_code: 'High' },
 * })
 * console.log(report.outcome, report.messageId)
 * await notifier.close()
 * ```
 *
 * @throws IncidentMailerError `INVALID_CONFIG` for an option that does not exist or is of another kind,
 * `INVALID_ADDRESS` for a bad `from`; `WRONG_PASSPHRASE`,
 * `IDENTITY_UNREADABLE`, `KEY_MISMATCH` and the like for an identity that cannot sign
 */
export async function createNotifier(options: NotifierOptions = {}): Promise<Notifier> {
  checkOptions(options)
  const smime = options.smime === undefined ? smimeStagesOnDemand : await loadSmimeStages()
  const signing = await loadSigners(options.smime ?? {})
  const routes = createRoutes(options, signing, smime)
  routes.of(undefined)
  const guarded = guard(options.guard)
  /** The end of every way: nothing leaves that the guard has not seen. */
  const leaves = ({ delivered }: Route, dryRun = false) =>
    pipeline(guarded, dryRun ? dryRunReport : delivered)
  /** The way of one mail to its end, which a dry run does not reach: nothing is sent of which to give account. */
  const sending = <In>(way: Stage<In, DeliveryReport>, { delivered }: Route, dryRun = false) =>
    dryRun ? way : traced(way, delivered.destination)

  /** Calls that have begun, which `close` waits for. */
  const underWay = new Set<Promise<unknown>>()
  let closed = false

  const tell = eventSender(options.onEvent, options.logger)
  const onRetry = (retry: PlannedRetry) => tell({ type: 'retry', ...retry })
  /** Tells of a mail's end. */
  const told = async (sending: Promise<DeliveryReport>): Promise<DeliveryReport> => {
    try {
      const report = await sending
      if (report.outcome !== null) tell({ type: 'sent', report })
      return report
    } catch (error) {
      if (error instanceof IncidentMailerError) tell({ type: 'failed', error })
      throw error
    }
  }

  const bounded = async <Out>(
    timeout: number | undefined,
    { signal, beforeData }: DeliveryCallOptions,
    work: (context: StageContext) => Promise<Out>,
  ): Promise<Out> => {
    if (closed) throw new IncidentMailerError('TRANSPORT_FAILED', 'this notifier is closed; make a new one')
    const deadline = performance.now() + (timeout ?? DEFAULT_TIMEOUT)
    const call = within(timeout, signal, (bound) =>
      work({ signal: bound, deadline, logger: options.logger, beforeData, onRetry }),
    )
    underWay.add(call)
    try {
      return await call
    } finally {
      underWay.delete(call)
    }
  }

  /** Checks the request, and runs a stage of its route on it within the request's time. */
  const run = <Out>(
    stageOf: (route: Route) => Stage<MailRequest, Out>,
    request: MailRequest,
    call: DeliveryCallOptions = {},
  ): Promise<Out> => {
    const checked = checkRequest(request)
    const stage = stageOf(routes.of(checked.profile))
    return bounded(checked.timeout ?? options.timeout, call, (context) => stage(checked, context))
  }

  const notifier: Notifier = {
    send: (request, call = {}) =>
      told(
        (async () => {
          refuseUnknownOptions(call, DELIVERY_OPTIONS, 'options of send')
          const { dryRun } = call
          const way = (route: Route) =>
            sending(pipeline(route.composed, leaves(route, dryRun)), route, dryRun)
          return await run(way, request, call)
        })(),
      ),
    sendMany: (jobs, call = {}) => sendMany(jobs, call, { send: notifier.send, tell }),
    raw: async (message, call = {}) => {
      refuseUnknownOptions(call, RAW_OPTIONS, 'options of raw')
      const route = routes.of(undefined)
      const way: Stage<null, DeliveryReport> = async (_, context) =>
        leaves(route, call.dryRun)(
          placed(() => readRawMessage(message, call)),
          context,
        )
      return await told(
        bounded(options.timeout, call, (context) => sending(way, route, call.dryRun)(null, context)),
      )
    },
    render: async (request, call = {}) => {
      refuseUnknownOptions(call, CALL_OPTIONS, 'options of render')
      return await run(({ rendered }) => rendered, request, call)
    },
    compose: async (request, call = {}) => {
      refuseUnknownOptions(call, CALL_OPTIONS, 'options of compose')
      return await run(({ composed }) => composed, request, call)
    },
    deliver: async (mail, call = {}) => {
      refuseUnknownOptions(call, DELIVERY_OPTIONS, 'options of deliver')
      const route = routes.of(mail.profile)
      return await told(
        bounded(options.timeout, call, (context) =>
          sending(leaves(route, call.dryRun), route, call.dryRun)(mail, context),
        ),
      )
    },
    check: async (call = {}) => {
      refuseUnknownOptions(call, CHECK_OPTIONS, 'options of check')
      const { to, signal } = call
      const { checkRoute } = await import('./check-route.js')
      // Before anybody waits for a server.
      const test = to === undefined ? null : placed(() => testTo(to, options.guard))
      const report = await bounded(options.timeout, { signal }, (context) =>
        checkRoute(routes.of(undefined), signing, options.smime, context),
      )
      return test === null ? report : await sendTest(notifier.send, report, test, signal)
    },
    close: async () => {
      closed = true
      await Promise.allSettled(underWay)
      await routes.close()
    },
  }
  return notifier
}

/** Who signs, loaded at once: what is wrong with them is found before the first incident. */
async function loadSigners(smime: SmimeOptions): Promise<SignOptions> {
  const { identity, cosigners, signatureForm, signatureScheme, signatureHash } = smime
  const rest = { signatureForm, signatureScheme, signatureHash }
  if (identity === undefined && !cosigners) return rest
  const [{ loadIdentity }, { cosignerField }] = await Promise.all([
    import('../smime/keys/identity.js'),
    import('../smime/sign.js'),
  ])
  return {
    ...rest,
    ...(identity !== undefined && { identity: await loadIdentity(identity) }),
    ...(cosigners && {
      cosigners: await Promise.all(
        cosigners.map((cosigner, index) => loadIdentity(cosigner, { field: cosignerField(index) })),
      ),
    }),
  }
}

/** Reads what a caller brought; what is wrong with it is the request's. */
function placed<T>(read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    if (thrown instanceof IncidentMailerError) thrown.stage ??= 'request'
    throw thrown
  }
}

/** Runs work under a signal that fires when the caller's does or the time is up. */
async function within<T>(
  timeout: number = DEFAULT_TIMEOUT,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (outer?.aborted) throw abortError(outer)
  // Not AbortSignal.any and AbortSignal.timeout: their timers and links would outlive the call.
  const controller = new AbortController()
  const stop = () => controller.abort(outer?.reason)
  const timer = setTimeout(
    () => controller.abort(new DOMException(`no end after ${timeout} ms`, 'TimeoutError')),
    timeout,
  )
  outer?.addEventListener('abort', stop, { once: true })
  try {
    return await work(controller.signal)
  } finally {
    clearTimeout(timer)
    outer?.removeEventListener('abort', stop)
  }
}
