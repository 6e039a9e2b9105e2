/** Waits. Tells whether it was to the end, and not cut short by the signal. */
export function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<boolean> {
  if (signal?.aborted) return Promise.resolve(false)
  return new Promise((resolve) => {
    const finish = (whole: boolean) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      resolve(whole)
    }
    const stop = () => finish(false)
    const timer = setTimeout(() => finish(true), milliseconds)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
