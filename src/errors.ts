import type { ErrorCode } from './error-codes.js'
import type { DeliveryReport } from './mail.js'

/** Where in a mail's way something went wrong. */
export type StageName = 'config' | 'request' | 'render' | 'compose' | 'sign' | 'encrypt' | 'guard' | 'deliver'

/** What an error knows beside its message. */
export interface ErrorDetails {
  /** The stage that failed. Left out, the stage through which the error passes is filled in. */
  stage?: StageName
  /** Whether the same mail may succeed later, unchanged. Default false. */
  temporary?: boolean
  /** The field of the request, or the key of the settings, that is wrong: `attachments[1].path`. */
  field?: string
  /** The Message-ID of the mail, once it has one. */
  messageId?: string
  /** What became of the mail, once a server was asked to take it. */
  report?: DeliveryReport
  /** What was thrown underneath. */
  cause?: unknown
}

/**
 * The one error this package throws. Its message names the field or file and says what to do; it never
 * holds a secret, a key or a mail's body.
 */
export class IncidentMailerError extends Error {
  override readonly name = 'IncidentMailerError'
  /** What went wrong, for a program to decide on. */
  readonly code: ErrorCode
  /** The stage that failed, or null before any began. */
  stage: StageName | null
  /** Whether the same mail may succeed later, unchanged. */
  readonly temporary: boolean
  /** The field of the request or settings that is wrong, or null. */
  readonly field: string | null
  /** The Message-ID of the mail, or null where it has none yet. */
  messageId: string | null
  /** What became of each recipient, where a server was asked to take the mail; else null. */
  readonly report: DeliveryReport | null

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.stage = details.stage ?? null
    this.temporary = details.temporary ?? false
    this.field = details.field ?? null
    // A raw message may have none.
    this.messageId = details.messageId || details.report?.messageId || null
    this.report = details.report ?? null
  }

  /** What `JSON.stringify` makes of it, and the command line prints. Not the cause, which may quote anything. */
  toJSON(): ErrorSummary {
    const { code, stage, temporary, field, message, messageId } = this
    return { code, stage, temporary, field, message, messageId }
  }
}

/** What a report or the command line says of an error. */
export type ErrorSummary = Pick<
  IncidentMailerError,
  'code' | 'stage' | 'temporary' | 'field' | 'message' | 'messageId'
>

/** What a caught value says, whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** A caught value as an error, whatever was thrown. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

/** A caught value's code, such as the system's `ENOENT`; empty where it has none. */
export function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
}
