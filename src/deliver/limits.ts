import { invalidOption, refuseUnknownOptions } from '../options.js'
import type { StageContext } from '../pipeline.js'
import { stopped } from '../until-aborted.js'
import type { Carrier } from './handover.js'
import { pause } from './pause.js'

/** How much may be handed over at once. */
export interface LimitOptions {
  /** How many mails are begun in a second, each copy and each new attempt counted. Default: any number. */
  readonly mailsPerSecond?: number
  /** How many octets are under way at once; a mail that is larger goes alone. Default: any number. */
  readonly bytesInFlight?: number
}

/** Makes a carrier that lets mails wait rather than storm the other side. */
export function limitedCarrier(carrier: Carrier, options: LimitOptions | undefined): Carrier {
  if (options === undefined) return carrier
  const { mailsPerSecond, bytesInFlight } = checked(options)
  const waiting: { readonly size: number; readonly proceed: () => void }[] = []
  let inFlight = 0
  let next = 0

  const fits = (size: number) => inFlight === 0 || inFlight + size <= bytesInFlight
  const admit = () => {
    for (let first = waiting[0]; first && fits(first.size); first = waiting[0]) {
      waiting.shift()
      inFlight += first.size
      first.proceed()
    }
  }
  const enter = (size: number, { signal }: StageContext) =>
    new Promise<void>((resolve, reject) => {
      const since = performance.now()
      const giveUp = () => {
        waiting.splice(waiting.indexOf(entry), 1)
        admit()
        if (signal)
          reject(stopped(signal, { awaited: 'room among the mails under way (limits.bytesInFlight)', since }))
      }
      const entry = {
        size,
        proceed: () => {
          signal?.removeEventListener('abort', giveUp)
          resolve()
        },
      }
      signal?.addEventListener('abort', giveUp, { once: true })
      waiting.push(entry)
      admit()
    })
  const turn = async ({ signal }: StageContext) => {
    const since = performance.now()
    const at = Math.max(next, since)
    next = at + 1_000 / mailsPerSecond
    if (at > since && !(await pause(at - since, signal)) && signal)
      throw stopped(signal, { awaited: 'turn among the mails of a second (limits.mailsPerSecond)', since })
  }

  return {
    ...carrier,
    async send(parcel, context) {
      const size = parcel.bytes.length
      await enter(size, context)
      try {
        await turn(context)
        return await carrier.send(parcel, context)
      } finally {
        inFlight -= size
        admit()
      }
    },
  }
}

function checked(options: LimitOptions): Required<LimitOptions> {
  refuseUnknownOptions(options, OPTIONS, 'limits')
  const { mailsPerSecond = Number.POSITIVE_INFINITY, bytesInFlight = Number.POSITIVE_INFINITY } = options
  for (const [key, value] of [
    ['mailsPerSecond', mailsPerSecond],
    ['bytesInFlight', bytesInFlight],
  ] as const)
    if (typeof value !== 'number' || !(value > 0))
      throw invalidOption(`limits.${key}`, `limits.${key} must be a number above 0`)
  return { mailsPerSecond, bytesInFlight }
}

const OPTIONS: Record<keyof LimitOptions, true> = { mailsPerSecond: true, bytesInFlight: true }
