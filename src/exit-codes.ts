import type { ErrorCode, ErrorSummary, IncidentMailerError } from './errors.js'
import type { DeliveryReport } from './mail.js'

/** The exit code of each error: those of BSD's sysexits.h. */
const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  USAGE: 64,
  // anything wrong in the job or template
  INVALID_REQUEST: 65,
  INVALID_ADDRESS: 65,
  NO_RECIPIENTS: 65,
  NO_SENDER: 65,
  NO_CONTENT: 65,
  UNKNOWN_TEMPLATE: 65,
  TEMPLATE_CONFLICT: 65,
  TEMPLATE_ERROR: 65,
  UNDEFINED_VARIABLE: 65,
  UNKNOWN_INCIDENT: 65,
  INVALID_INCIDENT: 65,
  HEADER_INJECTION: 65,
  FORBIDDEN_HEADER: 65,
  UNKNOWN_ATTACHMENT: 65,
  FORBIDDEN_PATH: 65,
  TOO_LARGE: 65,
  INVALID_CERTIFICATE: 65,
  CERTIFICATE_MISSING: 65,
  CERTIFICATE_EXPIRED: 65,
  // a named file
  FILE_NOT_FOUND: 66,
  FILE_UNREADABLE: 66,
  FILE_UNWRITABLE: 66,
  RECIPIENTS_REFUSED: 67,
  // the server cannot be used
  CONNECTION_FAILED: 69,
  TRANSPORT_FAILED: 69,
  INTERNAL: 70,
  OUTCOME_UNKNOWN: 74,
  INCIDENT_SOURCE_FAILED: 75,
  TIMEOUT: 75,
  ABORTED: 75,
  TLS_FAILED: 76,
  PROTOCOL_ERROR: 76,
  SMTPUTF8_UNSUPPORTED: 76,
  AUTHENTICATION_FAILED: 77,
  // settings
  INVALID_CONFIG: 78,
  UNDEFINED_CONFIG_VARIABLE: 78,
  IDENTITY_MISSING: 78,
  IDENTITY_UNREADABLE: 78,
  IDENTITY_EXPIRED: 78,
  WRONG_PASSPHRASE: 78,
  KEY_MISMATCH: 78,
}

const TRY_AGAIN = 75

/** What the server refused for now, rather than for good. */
const REFUSALS: readonly ErrorCode[] = ['RECIPIENTS_REFUSED', 'AUTHENTICATION_FAILED', 'TRANSPORT_FAILED']

/**
 * The exit code that the command line would end with: one of BSD's sysexits.h. 75 is worth another try as it is;
 * after 74 nobody knows whether the mail was sent.
 *
 * @param error - an `IncidentMailerError`, or the error in a step of a check
 */
export function exitCodeOf({
  code,
  stage,
  temporary,
  field,
}: Omit<ErrorSummary, 'message' | 'messageId'>): number {
  if (temporary && REFUSALS.includes(code)) return TRY_AGAIN
  // The same bad certificate or address stands in the job, or in the settings.
  if (EXIT_CODES[code] === EXIT_CODES.INVALID_REQUEST && isSetting(stage, field))
    return EXIT_CODES.INVALID_CONFIG
  return EXIT_CODES[code]
}

/** The exit code of a report under `--strict`, which takes nothing but complete success for success. */
export function strictExitCodeOf({ rejected, warnings }: DeliveryReport): number {
  if (warnings.some(({ code }) => code === 'OUTCOME_UNKNOWN')) return EXIT_CODES.OUTCOME_UNKNOWN
  if (rejected.length === 0) return 0
  return rejected.every(({ temporary }) => temporary) ? TRY_AGAIN : EXIT_CODES.RECIPIENTS_REFUSED
}

/** A stage is told of both; a job's own keys are checked before any, and may be called anything. */
function isSetting(stage: IncidentMailerError['stage'], field: string | null): boolean {
  return stage === 'config' || (stage !== 'request' && /^(?:smime|transport)\b/.test(field ?? ''))
}
