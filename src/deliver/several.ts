import { IncidentMailerError } from '../errors.js'
import type { Warning } from '../mail.js'
import { refuseUnknownOptions } from '../options.js'
import { type Carrier, failedHandover, type Handover } from './handover.js'
import { invalidTransport } from './invalid-transport.js'
import type { Transport } from './transport.js'

/** One of several ways, and how often it is taken. */
export interface WeightedTransport {
  readonly transport: Transport
  /**
   * Its share of the mails, beside the others' weights; 0 for one that is only taken when those with a weight fail.
   * Default: none has a weight, and they are taken in their order, the second when the first fails.
   */
  readonly weight?: number
}

/** Several ways, of which a mail takes the first that works. */
export interface SeveralTransports {
  readonly transports: readonly WeightedTransport[]
}

/** A carrier and its weight. */
export interface WeightedCarrier {
  readonly carrier: Carrier
  readonly weight: number | null
}

/**
 * Makes a carrier that takes another way when one fails: cannot be reached, refuses TLS or the password, breaks off
 * before it has the mail, or has no room for one so large. A way that gave another answer about the mail or its
 * recipients has decided; and a mail that may have arrived takes no second way, ever. A way that has failed is left
 * alone for a while.
 */
export function severalCarrier(ways: readonly WeightedCarrier[]): Carrier {
  /** Until when, by `performance.now()`, a way is left alone. */
  const aside = new Map<Carrier, number>()
  const healthy = (carrier: Carrier) => (aside.get(carrier) ?? 0) <= performance.now()

  return {
    warnings: ways.flatMap(({ carrier }) => carrier.warnings),
    async send(parcel, context) {
      const order = inOrder(ways)
      const [first, ...others] = [...order.filter(healthy), ...order.filter((carrier) => !healthy(carrier))]
      if (first === undefined) throw invalidTransport('transports', 'is empty')
      let failed: Failed | null = null
      const left: Warning[] = []
      for (const carrier of [first, ...others]) {
        // What a way has left behind concerns people whatever becomes of the mail elsewhere.
        left.push(...(failed?.handover?.warnings ?? []).filter(({ code }) => code === 'DRAFT_LEFT'))
        const outcome = await attempt(() => carrier.send(parcel, context))
        if (!mayGoElsewhere(outcome) || context.signal?.aborted) return settled(outcome, left, parcel.to)
        if (!isFitForOthers(outcome)) aside.set(carrier, performance.now() + LEFT_ALONE)
        failed = outcome
        const { messageId } = parcel
        context.logger?.warn(
          { messageId, code: codeOf(outcome) ?? null },
          'this way is closed; taking another, if there is one',
        )
      }
      return settled(failed ?? { handover: null, thrown: null }, left, parcel.to)
    },
    async close() {
      await Promise.all(ways.map(({ carrier }) => carrier.close()))
    },
  }
}

interface Failed {
  readonly handover: Handover | null
  readonly thrown: unknown
}

async function attempt(send: () => Promise<Handover>): Promise<Failed> {
  try {
    return { handover: await send(), thrown: null }
  } catch (thrown) {
    return { handover: null, thrown }
  }
}

function settled({ handover, thrown }: Failed, left: readonly Warning[], to: readonly string[]): Handover {
  // What is thrown has no report in which warnings could stand.
  const mustTell = left.length > 0 && thrown instanceof IncidentMailerError
  const outcome = mustTell ? failedHandover(thrown, to) : handover
  if (outcome) return { ...outcome, warnings: [...left, ...(outcome.warnings ?? [])] }
  throw thrown
}

/** Whether the mail is certainly still here, and for a reason that lies in the way it took. */
function mayGoElsewhere({ handover, thrown }: Failed): boolean {
  if (handover === null) return thrown instanceof IncidentMailerError && CLOSED.has(thrown.code)
  const { accepted, undecided, failure } = handover
  if (accepted.length > 0 || undecided.length > 0) return false
  return failure === null ? isTooLargeFor(handover) : CLOSED.has(failure.code)
}

/** Whether it works, and only cannot do what this one mail needs. */
function isFitForOthers(outcome: Failed): boolean {
  const tooLarge = outcome.handover !== null && isTooLargeFor(outcome.handover)
  return tooLarge || (codeOf(outcome)?.endsWith('_UNSUPPORTED') ?? false)
}

/** RFC 3463, section 3.4: the message is too big for that system, which says nothing of others. */
function isTooLargeFor({ rejected }: Handover): boolean {
  return rejected.length > 0 && rejected.every(({ enhancedCode }) => enhancedCode === '5.3.4')
}

function codeOf({ handover, thrown }: Failed): string | undefined {
  const error = handover ? handover.failure : thrown
  return error instanceof IncidentMailerError ? error.code : undefined
}

/** Those with a weight by lot, then those without one, or all as they stand where nobody has one. */
function inOrder(ways: readonly WeightedCarrier[]): readonly Carrier[] {
  const drawn = ways
    .filter(({ weight }) => (weight ?? 0) > 0)
    // Efraimidis and Spirakis: sorted by a power of chance, each comes first as often as its weight says.
    .map(({ carrier, weight }) => ({ carrier, key: Math.random() ** (1 / (weight ?? 1)) }))
    .sort((one, other) => other.key - one.key)
  const backups = ways.filter(({ weight }) => (weight ?? 0) === 0)
  return [...drawn, ...backups].map(({ carrier }) => carrier)
}

/** Checks the list itself; what its transports are is their own business. */
export function checkedSeveral(options: SeveralTransports): readonly WeightedTransport[] {
  refuseUnknownOptions(options, { transports: true }, 'transport')
  const { transports } = options
  if (!Array.isArray(transports) || transports.length === 0)
    throw invalidTransport('transports', 'must be a list of { transport, weight }')
  for (const [index, each] of transports.entries()) {
    const field = `transports[${index}]`
    refuseUnknownOptions(each, { transport: true, weight: true }, `transport.${field}`)
    const { transport, weight } = each
    if (transport === undefined) throw invalidTransport(field, 'has no transport')
    if (
      weight !== undefined &&
      !(typeof weight === 'number' && weight >= 0 && weight < Number.POSITIVE_INFINITY)
    )
      throw invalidTransport(`${field}.weight`, 'must be a number from 0')
  }
  return transports
}

const CLOSED: ReadonlySet<string> = new Set([
  'CONNECTION_FAILED',
  'TLS_FAILED',
  'PROTOCOL_ERROR',
  'AUTHENTICATION_FAILED',
  'TRANSPORT_FAILED',
  'SMTPUTF8_UNSUPPORTED',
  'DSN_UNSUPPORTED',
])

/** How long a way that has failed is taken last, in milliseconds. */
const LEFT_ALONE = 30_000
