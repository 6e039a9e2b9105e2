import type { ErrorCode } from '../../error-codes.js'
import type { ErrorSummary } from '../../errors.js'
import { exitCodeOf, strictExitCodeOf } from '../../exit-codes.js'
import type { DeliveryReport } from '../../mail.js'

/** What a bulk run counts. */
export interface Tally {
  readonly done: number
  readonly failed: number
  /** Counts a job that somebody got, or a `--dry-run`. */
  succeeded(report: DeliveryReport): void
  /** Counts one that failed, or of which nobody knows. */
  fell(error: ErrorSummary): void
  /** Takes note of what ended the run, where that is no job's own failure. */
  stoppedBy(error: ErrorSummary): void
  /** Counts one that an earlier run has sent. */
  skipped(): void
  /** Why so many in a row failed alike that the rest would as well, or null. */
  obstacle(): ErrorSummary | null
  /** What the run ends with. `stopped` is whether it was ended early. */
  exitCode(stopped: boolean): number
  /** A line for people. */
  summary(): string
}

/** Starts to count. */
export function startTally({ strict }: { readonly strict: boolean }): Tally {
  const codes = new Set<number>()
  const count = { sent: 0, partial: 0, failed: 0, unknown: 0, skipped: 0 }
  let alike: ErrorSummary[] = []
  return {
    get done() {
      return count.sent + count.partial + count.failed + count.unknown + count.skipped
    },
    get failed() {
      return count.failed + count.unknown
    },
    succeeded(report) {
      count[report.outcome === 'partial' ? 'partial' : 'sent']++
      if (strict) codes.add(strictExitCodeOf(report))
      alike = []
    },
    fell(error) {
      count[error.code === 'OUTCOME_UNKNOWN' ? 'unknown' : 'failed']++
      // To send it again later is what helps against a server that cannot be reached, as well.
      codes.add(error.temporary && !FINAL.has(exitCodeOf(error)) ? TRY_AGAIN : exitCodeOf(error))
      if (SHARED.has(error.code) || error.field?.startsWith('transport.')) alike.push(error)
    },
    stoppedBy(error) {
      codes.add(exitCodeOf(error))
    },
    skipped() {
      count.skipped++
    },
    obstacle: () => (alike.length < ENOUGH ? null : (alike.at(-1) ?? null)),
    exitCode(stopped) {
      if (codes.has(UNKNOWN)) return UNKNOWN
      if (stopped || codes.has(TRY_AGAIN)) return TRY_AGAIN
      return Math.max(0, ...codes)
    },
    summary() {
      const words = Object.entries(count).filter(([, number]) => number > 0)
      const said = words.map(([word, number]) => `${number.toLocaleString('en-US')} ${WORDS[word] ?? word}`)
      return said.length === 0 ? 'no jobs' : said.join(', ')
    },
  }
}

const TRY_AGAIN = 75
const UNKNOWN = 74
const FINAL = new Set([UNKNOWN, 70])

const WORDS: Readonly<Record<string, string>> = {
  partial: 'sent to some, but not to all',
  unknown: 'of which nobody knows',
  skipped: 'sent by an earlier run',
}

/** What keeps every mail from being sent, and not this one. Refused passwords, over and over, lock accounts. */
const SHARED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CONNECTION_FAILED',
  'TLS_FAILED',
  'PROTOCOL_ERROR',
  'AUTHENTICATION_FAILED',
  'TRANSPORT_FAILED',
  'FILE_UNWRITABLE',
])

/** So many in a row, and none between them that somebody got, are no accident. */
const ENOUGH = 10
