import { type ErrorSummary, IncidentMailerError } from '../../errors.js'
import type { MailRequest } from '../../mail.js'
import type { Notifier } from '../../notifier/notifier.js'
import type { SendResult } from '../../notifier/send-many.js'
import { folderOf, parseJob } from '../job.js'
import { type Outcome, type OutputOptions, printJsonLine, printNote, wantsJson } from '../output.js'
import { withSession } from '../session.js'
import { jobIdentities, withSteadyMessageId } from './job-identity.js'
import { openJobLines } from './job-lines.js'
import { type Ending, type Journal, openJournal } from './journal.js'
import type { Standing } from './journal-records.js'
import { progressBar } from './progress-bar.js'
import { startTally } from './tally.js'

/** How a bulk run is told to go. */
export interface BulkOptions extends OutputOptions {
  readonly config?: string
  /** The profile of jobs that name none. Default: the config's. */
  readonly profile?: string
  /** The file of jobs. Default: stdin. */
  readonly jobs?: string
  /** The journal. Default: none is kept. */
  readonly resume?: string
  readonly dryRun: boolean
  readonly strict: boolean
}

/** Sends the jobs of a file that has one a line, and prints one object a line for each, as they end. */
export async function sendLines(options: BulkOptions, signal: AbortSignal): Promise<Outcome> {
  const jobs = await openJobLines(options.jobs)
  const job = { request: {}, folder: folderOf(options.jobs) }
  return await withSession(
    { config: options.config, profile: options.profile, job, delivers: !options.dryRun },
    async ({ notifier }) => {
      const journal = options.resume === undefined ? null : await openJournal(options.resume)
      try {
        return await run(options, jobs, { notifier, journal }, signal)
      } finally {
        await journal?.close()
      }
    },
  )
}

/** A job under way. */
interface UnderWay {
  readonly line: number
  readonly job: string | null
  begun: boolean
}

async function run(
  options: BulkOptions,
  { size, lines }: Awaited<ReturnType<typeof openJobLines>>,
  { notifier, journal }: { readonly notifier: Notifier; readonly journal: Journal | null },
  signal: AbortSignal,
): Promise<Outcome> {
  const json = wantsJson(options)
  const tally = startTally(options)
  const bar = progressBar()
  const identityOf = journal && jobIdentities()
  const left = new Map(journal?.earlier)
  const underWay = new Map<number, UnderWay>()
  let index = 0

  const print = async (line: number, object: object, error: ErrorSummary | null) => {
    if (json) await printJsonLine({ line, ...object, ...(error && { error }) })
    else if (error) {
      bar.clear()
      printNote(`line ${line}: ${error.message}`)
    }
  }
  const fell = async (line: number, error: ErrorSummary, object: object = {}) => {
    tally.fell(error)
    await print(line, object, error)
  }
  const settledEarlier = async (line: number, { outcome, messageId }: Standing) => {
    const earlier = { messageId, earlier: outcome === 'partial' ? 'sent' : outcome }
    if (outcome === 'unknown') return await fell(line, unknownEarlier(messageId), earlier)
    if (outcome === 'refused') return await fell(line, refusedEarlier(messageId), earlier)
    tally.skipped()
    await print(line, earlier, null)
  }

  async function* requests(): AsyncGenerator<MailRequest> {
    for await (const { line, bytes, read } of lines(signal)) {
      if (tally.obstacle() || journal?.failure()) return
      bar.show({ done: tally.done, failed: tally.failed, share: size === null ? null : read / size })
      const job = identityOf?.(bytes) ?? null
      const standing = job === null ? undefined : left.get(job)
      if (job !== null && standing) {
        left.delete(job)
        await settledEarlier(line, standing)
        continue
      }
      let request: MailRequest
      try {
        request = parseJob(bytes, `line ${line}`)
      } catch (thrown) {
        if (!(thrown instanceof IncidentMailerError)) throw thrown
        await fell(line, thrown.toJSON())
        continue
      }
      underWay.set(index++, { line, job, begun: false })
      yield journal && job !== null ? withSteadyMessageId(request, journal.id, job) : request
    }
  }

  const record = async ({ job, begun, line }: UnderWay, result: SendResult) => {
    if (!journal || job === null) return
    const outcome = endingOf(result)
    if (begun) return await journal.ended(job, outcome)
    const messageId = result.error?.messageId ?? null
    if (outcome === 'refused' && messageId !== null) await journal.refused(job, messageId, line)
  }
  const settled = async (result: SendResult) => {
    const at = underWay.get(result.index)
    underWay.delete(result.index)
    if (!at) return
    const { error, report } = result
    // What was sent is reported all the same; the next run lists it as unknown.
    await record(at, result).catch(() => {})
    if (error) return await fell(at.line, error.toJSON(), report ?? {})
    tally.succeeded(report)
    await print(at.line, report, null)
  }

  const patient = graceAfter(signal)
  const beforeData = async (messageId: string, index: number) => {
    const at = underWay.get(index)
    if (!journal || !at || at.job === null) return
    await journal.begun(at.job, messageId, at.line)
    at.begun = true
  }
  try {
    const { dryRun } = options
    for await (const result of notifier.sendMany(requests(), { signal: patient, beforeData, dryRun }))
      await settled(result)
  } catch (thrown) {
    if (!patient.aborted) throw thrown
  } finally {
    bar.clear()
  }
  for (const { messageId, line } of [...left.values()].filter(({ outcome }) => outcome === 'unknown'))
    printNote(`of line ${line} of an earlier run nobody knows whether it was sent: ${messageId}`)
  const failure = journal?.failure()
  if (failure) tally.stoppedBy(failure.toJSON())
  const obstacle = failure ?? tally.obstacle()
  if (obstacle) printNote(`the rest was not begun, as it would fail alike: ${obstacle.message}`)
  if (signal.aborted) printNote('stopped; the rest was not begun')
  // Whatever should have written jobs may have failed without a word.
  else if (tally.done === 0) printNote(`${options.jobs ?? 'stdin'} holds no job, so nothing was sent`)
  return { json: null, text: tally.summary(), exitCode: tally.exitCode(signal.aborted) }
}

/** A signal that follows another after a while, in which mails under way may come to their end. */
function graceAfter(signal: AbortSignal): AbortSignal {
  const controller = new AbortController()
  const later = () => setTimeout(() => controller.abort(signal.reason), GRACE).unref()
  if (signal.aborted) later()
  else signal.addEventListener('abort', later, { once: true })
  return controller.signal
}

function endingOf({ error, report }: SendResult): Ending {
  if (!error) return report.outcome === 'partial' ? 'partial' : 'sent'
  if (error.code === 'OUTCOME_UNKNOWN') return 'unknown'
  return error.code === 'RECIPIENTS_REFUSED' && !error.temporary ? 'refused' : 'failed'
}

function unknownEarlier(messageId: string): ErrorSummary {
  const message = `an earlier run was cut off, or got no answer, after it had begun to hand this mail over: it may have arrived; look for ${messageId} at the server, and send it again from a file of its own if it is not there`
  return { code: 'OUTCOME_UNKNOWN', stage: 'deliver', temporary: false, field: null, message, messageId }
}

function refusedEarlier(messageId: string): ErrorSummary {
  const message = 'an earlier run learnt that every recipient is refused for good; correct the job'
  return { code: 'RECIPIENTS_REFUSED', stage: 'deliver', temporary: false, field: null, message, messageId }
}

/** Milliseconds; less than the command line's patience with a bulk run. */
const GRACE = 10_000
