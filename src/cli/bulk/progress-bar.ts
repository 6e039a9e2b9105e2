/** What a progress bar shows. */
export interface Standpoint {
  readonly done: number
  readonly failed: number
  /** From 0 to 1; null where nobody knows how much there is. */
  readonly share: number | null
}

/** A line on stderr that says how far it is, where stderr is a terminal. */
export interface ProgressBar {
  show(standpoint: Standpoint): void
  /** Takes the line away, for something else to be printed there. */
  clear(): void
}

/** Makes a progress bar; where stderr is no terminal, one that shows nothing. */
export function progressBar(): ProgressBar {
  if (!process.stderr.isTTY) return { show() {}, clear() {} }
  const since = performance.now()
  let last = Number.NEGATIVE_INFINITY
  return {
    show(standpoint) {
      const now = performance.now()
      if (now - last < EVERY && standpoint.share !== 1) return
      last = now
      const perSecond = standpoint.done / Math.max((now - since) / 1000, 0.001)
      process.stderr.write(`\r\u001b[K${progressLine(standpoint, perSecond)}`)
    },
    clear() {
      process.stderr.write('\r\u001b[K')
      last = Number.NEGATIVE_INFINITY
    },
  }
}

/** What the bar says. */
export function progressLine({ done, failed, share }: Standpoint, perSecond: number): string {
  const count = (value: number) => Math.round(value).toLocaleString('en-US')
  const full = share === null ? 0 : Math.floor(share * WIDTH)
  const bar = share === null ? '' : `[${'#'.repeat(full).padEnd(WIDTH)}] ${Math.floor(share * 100)} %  `
  return `${bar}${count(done)} done, ${count(failed)} failed, ${count(perSecond)} a second`
}

/** Characters. */
const WIDTH = 24

/** Milliseconds between two looks. */
const EVERY = 100
