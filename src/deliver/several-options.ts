import { nearest } from '../nearest.js'
import { refuseUnknownOptions } from '../options.js'
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

/** Checks the list itself; what its transports are is their own business. */
export function checkedSeveral(options: SeveralTransports): readonly WeightedTransport[] {
  refuseUnknownOptions(options, { transports: true }, 'transport')
  const { transports } = options
  if (!Array.isArray(transports) || transports.length === 0)
    throw invalidTransport('transports', 'must be a list of { transport, weight }')
  for (const [index, each] of transports.entries()) {
    const field = `transports[${index}]`
    if (isWithoutTransport(each))
      throw invalidTransport(`${field}.transport`, `is missing; write ${WAY_SHAPE}`)
    refuseUnknownOptions(each, WAY, `transport.${field}`)
    const { weight } = each
    if (
      weight !== undefined &&
      !(typeof weight === 'number' && weight >= 0 && weight < Number.POSITIVE_INFINITY)
    )
      throw invalidTransport(`${field}.weight`, 'must be a number from 0')
  }
  return transports
}

/** Whether it is there at all, and not only misspelt. */
function isWithoutTransport(way: unknown): boolean {
  if (typeof way !== 'object' || way === null || Array.isArray(way)) return false
  const known = Object.keys(WAY)
  const misspelt = Object.keys(way).some((key) => !known.includes(key) && nearest(key, known) !== undefined)
  return !('transport' in way && way.transport !== undefined) && !misspelt
}

const WAY: Record<keyof WeightedTransport, true> = { transport: true, weight: true }

/** What stands in the list, for messages. */
export const WAY_SHAPE =
  '{ "transport": { "host": "mail.example.com" }, "weight": 1 }, of which weight may be left out'
