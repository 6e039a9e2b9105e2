import { TemplateError } from './template-error.js'

/** What one render may use. Far above what any mail needs, far below what hurts the process. */
export const limits = {
  /** Characters of a template's source. */
  source: 1_000_000,
  /** Characters of a result, and of any string on the way. */
  text: 10_000_000,
  /** Rounds of loops, calls, and items that filters go through. */
  steps: 1_000_000,
  /** Items of one `range()`. */
  range: 100_000,
  /** Includes and macros inside one another. */
  depth: 60,
  /** Milliseconds. */
  time: 10_000,
} as const

/** Counts what one render uses, and stops it at the limits. */
export class Budget {
  #steps = 0
  #written = 0
  #depth = 0
  #nextLook = 1000
  readonly #end = performance.now() + limits.time

  /** Notes work done. */
  spend(steps: number): void {
    this.#steps += steps
    if (this.#steps > limits.steps) {
      throw new TemplateError(`the template loops more than ${limits.steps} times; loop over less`)
    }
    if (this.#steps < this.#nextLook) return
    this.#nextLook = this.#steps + 1000
    if (performance.now() > this.#end) {
      throw new TemplateError(`the template takes longer than ${limits.time / 1000} seconds`)
    }
  }

  /** Notes text that goes into the result. */
  write(text: string): string {
    this.#written += text.length
    if (this.#written > limits.text) tooLong()
    return text
  }

  /** Runs work one level deeper. */
  nest<T>(work: () => T): T {
    this.spend(1)
    if (++this.#depth > limits.depth) {
      throw new TemplateError(`includes or macros are more than ${limits.depth} levels inside one another`)
    }
    try {
      return work()
    } finally {
      this.#depth--
    }
  }
}

/** The text, unless it is too long to go on with. */
export function bounded(text: string): string {
  if (text.length > limits.text) tooLong()
  return text
}

function tooLong(): never {
  throw new TemplateError(`the text grows beyond ${limits.text} characters; print less`)
}
