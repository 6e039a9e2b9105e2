import { type ErrorSummary, IncidentMailerError } from './errors.js'
import { millisecondsSince } from './milliseconds-since.js'
import { throwIfAborted } from './pipeline.js'

/** One step of a check. */
export interface CheckStep {
  /**
   * `trust`, `identity` and `certificates` are S/MIME's, where it is configured; of several signers each has a
   * step. `tls` begins with the greeting and ends with what the server offers. `folder` and `transporter` stand
   * alone, for transports that are no SMTP settings; `send` is the test mail.
   */
  readonly step:
    | 'trust'
    | 'identity'
    | 'certificates'
    | 'dns'
    | 'connect'
    | 'tls'
    | 'offered'
    | 'authenticate'
    | 'folder'
    | 'sendmail'
    | 'graph'
    | 'transporter'
    | 'send'
  readonly ok: boolean
  readonly milliseconds: number
  /** What was found; where it failed, what to do. */
  readonly message: string
  /** Why it failed, or null. */
  readonly error: ErrorSummary | null
}

/** Whether mails can be protected, and how far the way to the server goes: it ends with the step that failed. */
export interface CheckReport {
  readonly ok: boolean
  readonly steps: readonly CheckStep[]
}

/** Runs a step and notes what came of it. Where it fails, {@link StepFailed} is thrown. */
export type StepRunner = <T>(
  name: CheckStep['step'],
  work: () => Promise<T>,
  says: (found: T) => string,
) => Promise<T>

/** Ends what cannot go on behind a step that has failed, and has been noted. */
export class StepFailed extends Error {}

/**
 * Makes what runs steps and adds them to a list.
 *
 * @throws what is no failure of a step: `ABORTED` or `TIMEOUT` when the signal fired
 */
export function stepRunner(steps: CheckStep[], signal: AbortSignal | undefined): StepRunner {
  return async (name, work, says) => {
    throwIfAborted(signal)
    const started = performance.now()
    const note = (message: string, error: ErrorSummary | null) =>
      steps.push({ step: name, ok: !error, milliseconds: millisecondsSince(started), message, error })
    try {
      const found = await work()
      note(says(found), null)
      return found
    } catch (error) {
      if (!(error instanceof IncidentMailerError)) throw error
      if (signal?.aborted) throw error
      note(error.message, error.toJSON())
      throw new StepFailed()
    }
  }
}

/** The report of steps that were done. */
export function checkReport(steps: readonly CheckStep[]): CheckReport {
  return { ok: steps.every(({ ok }) => ok), steps }
}
