import { abortError, throwIfAborted } from '../pipeline.js'

/**
 * Ends with the work or the signal, whichever comes first: for work that does not heed signals itself.
 *
 * @throws IncidentMailerError `TIMEOUT` or `ABORTED` when it was the signal
 */
export async function raced<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  throwIfAborted(signal)
  if (!signal) return await work()
  let stop = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(abortError(signal))
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work(), aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
