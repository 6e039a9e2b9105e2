import type { IncidentMailerError } from '../errors.js'
import { messageOf } from '../errors.js'
import { type Logger, maskAddresses } from '../logger.js'
import type { DeliveryReport, PlannedRetry } from '../mail.js'

/** How far a `sendMany` is. Counts mails. */
export interface Progress {
  /** How many were taken from the jobs. */
  readonly begun: number
  /** How many of those have an end, whichever. */
  readonly finished: number
  /** Every recipient was accepted. */
  readonly sent: number
  /** Some recipients were. */
  readonly partial: number
  /** Nobody was, for sure. */
  readonly failed: number
  /** Nobody knows. */
  readonly unknown: number
}

/** Something that happened to a notifier. There may be new types in any version. */
export type NotifierEvent =
  /** At least one recipient was accepted. */
  | { readonly type: 'sent'; readonly report: DeliveryReport }
  /** A mail came to nothing, or nobody knows (`OUTCOME_UNKNOWN`). */
  | { readonly type: 'failed'; readonly error: IncidentMailerError }
  /** A mail is under way still: recipients who were refused for now are tried again after a while. */
  | ({ readonly type: 'retry' } & PlannedRetry)
  /** A mail of `sendMany` began or ended. */
  | ({ readonly type: 'progress' } & Progress)

/** Hears of what happens. What it throws is logged, and changes nothing. */
export type EventListener = (event: NotifierEvent) => void

/** Makes the function that tells a listener, who cannot spoil what he hears of. */
export function eventSender(
  onEvent: EventListener | undefined,
  logger: Logger | undefined,
): (event: NotifierEvent) => void {
  return (event) => {
    try {
      onEvent?.(event)
    } catch (thrown) {
      logger?.error({ event: event.type, error: maskAddresses(messageOf(thrown)) }, 'onEvent failed')
    }
  }
}
