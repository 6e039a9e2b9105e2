import { IncidentMailerError, messageOf } from '../errors.js'
import type { DsnRequest, RejectedRecipient, Warning } from '../mail.js'
import type { StageContext } from '../pipeline.js'
import { untilAborted } from '../until-aborted.js'

/** What is handed to a carrier: finished bytes, and the envelope they travel in (RFC 5321, section 2.3.1). */
export interface Parcel {
  readonly messageId: string
  readonly from: string
  readonly to: readonly string[]
  /** The whole message, in canonical CRLF. */
  readonly bytes: Buffer
  /** Which delivery status notifications to ask for. Default: none. */
  readonly dsn?: DsnRequest
}

/** What became of a parcel that someone was asked to take. Every recipient is in exactly one of the lists. */
export interface Handover {
  readonly accepted: readonly string[]
  readonly rejected: readonly RejectedRecipient[]
  /** Those of whom nobody knows: the last octet was sent, and no answer came. */
  readonly undecided: readonly string[]
  /** The other side's last word, or null where there was none. */
  readonly response: string | null
  /** What ended the attempt, where it was not an answer. */
  readonly failure: IncidentMailerError | null
  /** How long the other side wants to be left alone, in milliseconds. Default: it does not say. */
  readonly retryAfter?: number
  /** What a reader of the report should know of this parcel's way. Default: nothing. */
  readonly warnings?: readonly Warning[]
}

/** A way for parcels to travel. */
export interface Carrier {
  /** What a reader of every report should know about this way. */
  readonly warnings: readonly Warning[]
  /**
   * Hands a parcel over, once. Throws while nobody was asked to take it yet; from then on, tells what became
   * of each recipient.
   */
  send(parcel: Parcel, context: StageContext): Promise<Handover>
  /** Closes what this carrier opened itself, when nothing is under way any more. */
  close(): Promise<void>
}

/** The refusal of people who were never asked about, or not to the end: they share what went wrong. */
export function rejectedBy(
  failure: IncidentMailerError,
  addresses: readonly string[],
): readonly RejectedRecipient[] {
  const { temporary, message } = failure
  return addresses.map((address) => ({ address, code: null, enhancedCode: null, temporary, message }))
}

/** What became of a parcel that certainly reached nobody, for one reason. */
export function failedHandover(failure: IncidentMailerError, to: readonly string[]): Handover {
  return { accepted: [], rejected: rejectedBy(failure, to), undecided: [], response: null, failure }
}

/** What became of one of which nobody knows. */
export function unknownHandover(failure: IncidentMailerError, to: readonly string[]): Handover {
  return { accepted: [], rejected: [], undecided: to, response: null, failure }
}

/**
 * Says that a parcel's first octet is about to leave, and waits until everyone is ready for it.
 *
 * @throws IncidentMailerError where someone is not, or the signal fired first, and the parcel has to stay
 */
export async function announce({ messageId }: Parcel, { beforeData, signal }: StageContext): Promise<void> {
  if (!beforeData) return
  try {
    await untilAborted(signal, 'go-ahead by beforeData', async () => beforeData(messageId))
  } catch (thrown) {
    if (thrown instanceof IncidentMailerError) throw thrown
    const message = `the mail was kept back: beforeData failed: ${messageOf(thrown)}`
    throw new IncidentMailerError('TRANSPORT_FAILED', message, { cause: thrown })
  }
}
