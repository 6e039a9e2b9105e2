import { IncidentMailerError } from './errors.js'
import { abortError, throwIfAborted } from './pipeline.js'

/** Something that a mail waits for. */
export interface Wait {
  /** What it is, in words that follow "no": `greeting from mail.example.com:25`. */
  readonly awaited: string
  /** When the wait began, by `performance.now()`. */
  readonly since: number
  /** What to do where it takes too long. Default: try again, or set a larger timeout. */
  readonly advice?: string
}

/** The error of a signal that fired during a wait: a `TIMEOUT` says what took so long, and how long. */
export function stopped(signal: AbortSignal, { awaited, since, advice }: Wait): IncidentMailerError {
  const { code, temporary, cause } = abortError(signal)
  const milliseconds = Math.round(performance.now() - since)
  const todo = advice ?? 'try again, or set a larger timeout'
  const message =
    code === 'TIMEOUT'
      ? `no ${awaited} within ${milliseconds} ms, then the time for this mail was up; ${todo}`
      : `stopped by the caller before there was any ${awaited}`
  return new IncidentMailerError(code, message, { temporary, cause })
}

/**
 * Ends with the work or the signal, whichever comes first: for work that does not heed signals itself.
 *
 * @param awaited - what the work brings about, as in {@link Wait}
 * @throws IncidentMailerError `TIMEOUT` or `ABORTED` when it was the signal
 */
export async function untilAborted<T>(
  signal: AbortSignal | undefined,
  awaited: string,
  work: () => Promise<T>,
): Promise<T> {
  throwIfAborted(signal)
  if (!signal) return await work()
  const since = performance.now()
  let stop = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(stopped(signal, { awaited, since }))
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work(), aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
