import { IncidentMailerError } from '../errors.js'
import type { Warning } from '../mail.js'
import { type Carrier, failedHandover, type Handover } from './handover.js'
import { invalidTransport } from './invalid-transport.js'

/** A carrier, its weight, and what messages call it. */
export interface WeightedCarrier {
  readonly carrier: Carrier
  readonly weight: number | null
  /** `transport.transports[0]`. */
  readonly field: string
  /** The server, or what else it leads to. */
  readonly place: string
}

/**
 * Makes a carrier that takes another way when one fails: cannot be reached, refuses TLS or the password, breaks off
 * before it has the mail, or has no room for one so large. A way that gave another answer about the mail or its
 * recipients has decided; and a mail that may have arrived takes no second way, ever. A way that has failed is left
 * alone for a while. Each that was passed over is a warning.
 */
export function severalCarrier(ways: readonly WeightedCarrier[]): Carrier {
  /** Until when, by `performance.now()`, a way is left alone, and why. */
  const aside = new Map<WeightedCarrier, { readonly until: number; readonly why: string }>()

  return {
    warnings: ways.flatMap(({ carrier }) => carrier.warnings),
    async send(parcel, context) {
      const order = inOrder(ways)
      const avoided = new Map([...aside].filter(([, { until }]) => until > performance.now()))
      const [first, ...others] = [
        ...order.filter((way) => !avoided.has(way)),
        ...order.filter((way) => avoided.has(way)),
      ]
      if (first === undefined) throw invalidTransport('transports', 'is empty')
      const failed: FailedWay[] = []
      const skipped = (taken: WeightedCarrier) => {
        const earlier = order.slice(0, order.indexOf(taken)).flatMap((way) => {
          const known = avoided.get(way)
          return known && !failed.some((each) => each.way === way) ? [{ way, why: known.why }] : []
        })
        return [...failed, ...earlier].map((each) => skippedWarning(each, taken))
      }
      for (const way of [first, ...others]) {
        const outcome = await attempt(() => way.carrier.send(parcel, context))
        if (!mayGoElsewhere(outcome) || context.signal?.aborted)
          return settled(outcome, [...leftBehind(failed), ...skipped(way)], parcel.to)
        const why = reasonOf(outcome)
        if (!isFitForOthers(outcome)) aside.set(way, { until: performance.now() + LEFT_ALONE, why })
        failed.push({ way, outcome, why })
        const { messageId } = parcel
        context.logger?.warn(
          { messageId, way: way.field, code: codeOf(outcome) ?? null },
          'this way is closed; taking another, if there is one',
        )
      }
      return closed(failed, parcel.to)
    },
    async close() {
      await Promise.all(ways.map(({ carrier }) => carrier.close()))
    },
  }
}

interface Outcome {
  readonly handover: Handover | null
  readonly thrown: unknown
}

interface FailedWay {
  readonly way: WeightedCarrier
  readonly outcome: Outcome
  readonly why: string
}

async function attempt(send: () => Promise<Handover>): Promise<Outcome> {
  try {
    return { handover: await send(), thrown: null }
  } catch (thrown) {
    return { handover: null, thrown }
  }
}

function settled(
  { handover, thrown }: Outcome,
  warnings: readonly Warning[],
  to: readonly string[],
): Handover {
  // What is thrown has no report in which warnings could stand.
  const mustTell = thrown instanceof IncidentMailerError && warnings.some(({ code }) => code === 'DRAFT_LEFT')
  const outcome = mustTell ? failedHandover(thrown, to) : handover
  if (outcome) return { ...outcome, warnings: [...warnings, ...(outcome.warnings ?? [])] }
  throw thrown
}

/** What becomes of a mail that no way took: an error that tells of each, in order. */
function closed(failed: readonly FailedWay[], to: readonly string[]): Handover {
  const before = failed.slice(0, -1)
  const last = failed.at(-1)?.outcome ?? { handover: null, thrown: null }
  const errors = failed.map(({ outcome }) => errorOf(outcome)).filter((error) => error !== undefined)
  // One that may pass decides: the mail may go that way later.
  const decisive = errors.findLast(({ temporary }) => temporary) ?? errors.at(-1)
  if (before.length === 0 || decisive === undefined) return settled(last, leftBehind(before), to)
  const message = `no way is open: ${failed.map((each) => `${nameOf(each)}: ${each.why}`).join('; ')}`
  const error = new IncidentMailerError(decisive.code, message, {
    ...{ temporary: decisive.temporary, field: 'transport.transports', cause: decisive.cause },
  })
  if (last.handover === null) return settled({ handover: null, thrown: error }, leftBehind(before), to)
  const [shared] = failedHandover(error, ['']).rejected
  const rejected = last.handover.rejected.map((each) =>
    each.code === null && shared ? { ...shared, address: each.address } : each,
  )
  return settled(
    { handover: { ...last.handover, rejected, failure: error }, thrown: null },
    leftBehind(before),
    to,
  )
}

/** What ways have left behind concerns people whatever becomes of the mail elsewhere. */
function leftBehind(failed: readonly FailedWay[]): readonly Warning[] {
  const warnings = failed.flatMap(({ outcome }) => outcome.handover?.warnings ?? [])
  return warnings.filter(({ code }) => code === 'DRAFT_LEFT')
}

function skippedWarning(failed: Omit<FailedWay, 'outcome'>, { field, place }: WeightedCarrier): Warning {
  const message = `${nameOf(failed)} did not take the mail, so ${field} (${place}) was taken: ${failed.why}`
  return { code: 'TRANSPORT_SKIPPED', message }
}

/** With its server, where the reason does not name it. */
function nameOf({ way: { field, place }, why }: Omit<FailedWay, 'outcome'>): string {
  return why.includes(place) ? field : `${field} (${place})`
}

function reasonOf(outcome: Outcome): string {
  return errorOf(outcome)?.message ?? outcome.handover?.rejected[0]?.message ?? 'it gave no reason'
}

/** Whether the mail is certainly still here, and for a reason that lies in the way it took. */
function mayGoElsewhere({ handover, thrown }: Outcome): boolean {
  if (handover === null) return thrown instanceof IncidentMailerError && CLOSED.has(thrown.code)
  const { accepted, undecided, failure } = handover
  if (accepted.length > 0 || undecided.length > 0) return false
  return failure === null ? isTooLargeFor(handover) : CLOSED.has(failure.code)
}

/** Whether it works, and only cannot do what this one mail needs. */
function isFitForOthers(outcome: Outcome): boolean {
  const tooLarge = outcome.handover !== null && isTooLargeFor(outcome.handover)
  return tooLarge || (codeOf(outcome)?.endsWith('_UNSUPPORTED') ?? false)
}

/** RFC 3463, section 3.4: the message is too big for that system, which says nothing of others. */
function isTooLargeFor({ rejected }: Handover): boolean {
  return rejected.length > 0 && rejected.every(({ enhancedCode }) => enhancedCode === '5.3.4')
}

function codeOf(outcome: Outcome): string | undefined {
  return errorOf(outcome)?.code
}

function errorOf({ handover, thrown }: Outcome): IncidentMailerError | undefined {
  const error = handover ? handover.failure : thrown
  return error instanceof IncidentMailerError ? error : undefined
}

/** Those with a weight by lot, then those without one, or all as they stand where nobody has one. */
function inOrder(ways: readonly WeightedCarrier[]): readonly WeightedCarrier[] {
  const drawn = ways
    .filter(({ weight }) => (weight ?? 0) > 0)
    // Efraimidis and Spirakis: sorted by a power of chance, each comes first as often as its weight says.
    .map((way) => ({ way, key: Math.random() ** (1 / (way.weight ?? 1)) }))
    .sort((one, other) => other.key - one.key)
  const backups = ways.filter(({ weight }) => (weight ?? 0) === 0)
  return [...drawn.map(({ way }) => way), ...backups]
}

const CLOSED: ReadonlySet<string> = new Set([
  'CONNECTION_FAILED',
  'TLS_FAILED',
  'PROTOCOL_ERROR',
  'AUTHENTICATION_FAILED',
  'TRANSPORT_FAILED',
  'FILE_NOT_FOUND',
  'FILE_UNREADABLE',
  'FILE_UNWRITABLE',
  'SMTPUTF8_UNSUPPORTED',
  'DSN_UNSUPPORTED',
])

/** How long a way that has failed is taken last, in milliseconds. */
const LEFT_ALONE = 30_000
