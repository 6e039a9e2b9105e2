import type { ErrorCode } from '../error-codes.js'
import { IncidentMailerError, messageOf } from '../errors.js'
import { maskAddresses } from '../logger.js'
import type { PlannedRetry, RejectedRecipient, Warning } from '../mail.js'
import { invalidOption, refuseUnknownOptions } from '../options.js'
import type { StageContext } from '../pipeline.js'
import { type Carrier, failedHandover, type Handover, type Parcel } from './handover.js'
import { isOneTooMany } from './one-too-many.js'
import { pause } from './pause.js'

/** How what failed for now is tried again. */
export interface RetryOptions {
  /** How often a mail is tried in all. Default 5. */
  readonly attempts?: number
  /** The wait after the first attempt, in milliseconds; each further one is twice as long. Default 1,000. */
  readonly delay?: number
  /** The longest wait, in milliseconds, also where the other side names a longer one. Default 300,000. */
  readonly maxDelay?: number
  /** How much of a wait is left to chance, from 0 to 1, so that many do not come back at once. Default 0.5. */
  readonly jitter?: number
}

interface RetrySettings extends Required<RetryOptions> {}

/**
 * Makes a carrier that does not give up at the first refusal.
 *
 * Without options, it only does what RFC 5321, section 4.5.3.1.10 asks for: recipients beyond those that a server
 * takes at once (452) go in another transaction, as long as each gets some further. With options, whoever was
 * refused for now is tried again after a while, and nobody else is: not those who were accepted, not those who
 * were refused for good, and no one at all as soon as nobody knows whether the mail arrived. No wait begins that
 * would end after the time for the mail.
 */
export function patientCarrier(carrier: Carrier, options: RetryOptions | undefined): Carrier {
  const settings = options && retrySettings(options)
  return {
    ...carrier,
    async send(parcel, context) {
      const books: Books = { accepted: [], rejected: new Map(), responses: [], warnings: [] }
      let to = parcel.to
      let last: Handover | null = null
      for (let attempt = 1; ; ) {
        const handover = await attempted({ ...parcel, to }, context, last)
        if (handover === null) return totalOf(books, last)
        last = handover
        note(books, handover)
        if (handover.undecided.length > 0) return totalOf(books, last)
        const crowd = handover.accepted.length > 0 ? handover.rejected.filter(isOneTooMany) : []
        if (crowd.length > 0) {
          to = addresses(crowd)
          continue
        }
        const later = [...books.rejected.values()].filter(isPassing)
        if (!settings || later.length === 0 || attempt >= settings.attempts) return totalOf(books, last)
        const wait = waitBefore(attempt, handover, settings)
        const left = (context.deadline ?? Number.POSITIVE_INFINITY) - performance.now()
        if (wait >= left) return totalOf(books, last)
        tell(context, {
          ...{ messageId: parcel.messageId, attempt, attempts: settings.attempts, recipients: later },
          ...{ code: handover.failure?.code ?? null, milliseconds: wait, at: new Date(Date.now() + wait) },
        })
        if (!(await pause(wait, context.signal))) return totalOf(books, last)
        to = addresses(later)
        attempt++
      }
    },
  }

  /**
   * One attempt. What fails before anybody was asked is a failure that all recipients share, where it may pass
   * or others were asked before; null where the time was up, so that what was said before still holds.
   */
  async function attempted(parcel: Parcel, context: StageContext, last: Handover | null) {
    try {
      return await carrier.send(parcel, context)
    } catch (thrown) {
      const ours = thrown instanceof IncidentMailerError ? thrown : null
      if (last === null && !(settings && ours?.temporary && WAY.includes(ours.code))) throw thrown
      if (last !== null && (ours === null || context.signal?.aborted)) return null
      if (ours === null) throw thrown
      return failedHandover(ours, parcel.to)
    }
  }
}

/** A listener cannot spoil what he hears of. */
function tell({ logger, onRetry }: StageContext, retry: PlannedRetry): void {
  const { messageId, attempt, recipients, code, milliseconds } = retry
  const facts = { messageId, attempt, recipients: recipients.length, code, milliseconds }
  logger?.info(facts, 'refused for now; trying again after a while')
  try {
    onRetry?.(retry)
  } catch (thrown) {
    logger?.error({ messageId, error: maskAddresses(messageOf(thrown)) }, 'onRetry failed')
  }
}

interface Books {
  readonly accepted: string[]
  readonly rejected: Map<string, RejectedRecipient>
  readonly responses: string[]
  readonly warnings: Warning[]
}

/** What the latest attempt says of someone is what holds. */
function note(books: Books, { accepted, rejected, undecided, response, warnings = [] }: Handover): void {
  books.accepted.push(...accepted)
  for (const address of [...accepted, ...undecided]) books.rejected.delete(address)
  for (const recipient of rejected) books.rejected.set(recipient.address, recipient)
  if (response !== null) books.responses.push(response)
  books.warnings.push(...warnings)
}

function totalOf({ accepted, rejected, responses, warnings }: Books, last: Handover | null): Handover {
  const { undecided, failure } = last ?? { undecided: [], failure: null }
  return {
    accepted,
    rejected: [...rejected.values()],
    undecided,
    warnings,
    response: responses.length === 0 ? null : [...new Set(responses)].join('\n'),
    failure,
  }
}

function waitBefore(attempt: number, { rejected, retryAfter }: Handover, settings: RetrySettings): number {
  const { delay, maxDelay, jitter } = settings
  const grown = Math.min(delay * 2 ** (attempt - 1), maxDelay)
  const random = grown * (1 - jitter * Math.random())
  // Asked to wait, nobody comes back before.
  return Math.min(Math.max(random, retryAfter ?? hintIn(rejected)), maxDelay)
}

/** Greylisting servers tell how long they want to be left alone: `Greylisted for 300 seconds`. */
function hintIn(rejected: readonly RejectedRecipient[]): number {
  const hints = rejected.filter(isPassing).map(({ message }) => {
    const [, count, unit] =
      message.match(/\b(?:for|in|after) (\d{1,5}) ?(s|sec|seconds?|m|min|minutes?)\b/i) ?? []
    return Number(count ?? 0) * (unit?.toLowerCase().startsWith('m') ? 60_000 : 1_000)
  })
  return Math.max(0, ...hints)
}

function isPassing({ temporary }: RejectedRecipient): boolean {
  return temporary
}

function addresses(recipients: readonly RejectedRecipient[]): string[] {
  return recipients.map(({ address }) => address)
}

function retrySettings(options: RetryOptions): RetrySettings {
  refuseUnknownOptions(options, OPTIONS, 'retry')
  const { attempts = 5, delay = 1_000, maxDelay = 300_000, jitter = 0.5 } = options
  for (const [key, value, least] of [
    ['attempts', attempts, 1],
    ['delay', delay, 1],
    ['maxDelay', maxDelay, 1],
  ] as const)
    if (!Number.isInteger(value) || value < least || value > 2 ** 31 - 1)
      throw invalidOption(`retry.${key}`, `retry.${key} must be a whole number from ${least}`)
  if (typeof jitter !== 'number' || !(jitter >= 0 && jitter <= 1))
    throw invalidOption('retry.jitter', 'retry.jitter must be a number from 0 to 1')
  return { attempts, delay, maxDelay, jitter }
}

const OPTIONS: Record<keyof RetryOptions, true> = {
  attempts: true,
  delay: true,
  maxDelay: true,
  jitter: true,
}

/** What keeps a mail from being handed over, and may have passed the next time. */
const WAY: readonly ErrorCode[] = [
  'CONNECTION_FAILED',
  'TLS_FAILED',
  'AUTHENTICATION_FAILED',
  'TRANSPORT_FAILED',
]
