import { ERROR_CODES, type ErrorCode } from './error-codes.js'
import type { ErrorSummary, IncidentMailerError } from './errors.js'
import type { DeliveryReport } from './mail.js'

const TRY_AGAIN = 75

/** What the server refused for now, rather than for good. */
const REFUSALS: readonly ErrorCode[] = ['RECIPIENTS_REFUSED', 'AUTHENTICATION_FAILED', 'TRANSPORT_FAILED']

/**
 * The exit code that the command line would end with: one of BSD's sysexits.h. 75 is worth another try as it is;
 * after 74 nobody knows whether the mail was sent.
 *
 * @param error - an `IncidentMailerError`, or the error in a step of a check; 70 for whatever else was thrown
 */
export function exitCodeOf(error: unknown): number {
  if (!isOurs(error)) return ERROR_CODES.INTERNAL
  const { code, stage, temporary, field } = error
  if (temporary && REFUSALS.includes(code)) return TRY_AGAIN
  // The same bad certificate or address stands in the job, or in the settings.
  if (ERROR_CODES[code] === ERROR_CODES.INVALID_REQUEST && isSetting(stage, field))
    return ERROR_CODES.INVALID_CONFIG
  return ERROR_CODES[code]
}

function isOurs(error: unknown): error is Omit<ErrorSummary, 'message' | 'messageId'> {
  const isObject = typeof error === 'object' && error !== null && 'code' in error
  return isObject && typeof error.code === 'string' && Object.hasOwn(ERROR_CODES, error.code)
}

/** The exit code of a report under `--strict`, which takes nothing but complete success for success. */
export function strictExitCodeOf({ rejected, leftOut, warnings }: DeliveryReport): number {
  if (warnings.some(({ code }) => code === 'OUTCOME_UNKNOWN')) return ERROR_CODES.OUTCOME_UNKNOWN
  if (leftOut.length > 0) return ERROR_CODES.CERTIFICATE_MISSING
  if (rejected.length === 0) return 0
  return rejected.every(({ temporary }) => temporary) ? TRY_AGAIN : ERROR_CODES.RECIPIENTS_REFUSED
}

/** A stage is told of both; a job's own keys are checked before any, and may be called anything. */
function isSetting(stage: IncidentMailerError['stage'], field: string | null): boolean {
  return stage === 'config' || (stage !== 'request' && /^(?:smime|transport)\b/.test(field ?? ''))
}
