import { TemplateError, type TemplateErrorKind } from './template-error.js'
import type { Bounds } from './values/values.js'

/** What one render may use. */
export interface RenderBounds {
  /** Rounds of loops, calls, and items that filters go through. Default 1,000,000. */
  readonly steps?: number
  /** Characters of a result, and of any text on the way. Default 10,000,000. */
  readonly output?: number
  /** Includes, blocks and macros inside one another. Default 60. */
  readonly nesting?: number
  /** Milliseconds. Default 10,000. */
  readonly time?: number
}

/** The defaults: far above what any mail needs, far below what hurts the process. */
export const limits = {
  /** Characters of a template's source. */
  source: 1_000_000,
  /** Characters of a result, and of any text on the way. */
  text: 10_000_000,
  steps: 1_000_000,
  /** Items of one `range()`. */
  range: 100_000,
  depth: 60,
  time: 10_000,
} as const

/** Counts what one render uses, and stops it at its bounds. */
export class Budget implements Bounds {
  readonly #most: Required<RenderBounds>
  readonly #end: number
  #steps = 0
  #depth = 0
  #nextLook = 1000

  constructor({
    steps = limits.steps,
    output = limits.text,
    nesting = limits.depth,
    time = limits.time,
  }: RenderBounds = {}) {
    this.#most = { steps, output, nesting, time }
    this.#end = performance.now() + time
  }

  /** Notes work done. */
  spend(steps: number): void {
    this.#steps += steps
    if (this.#steps < this.#nextLook && this.#steps <= this.#most.steps) return
    if (!(this.#steps <= this.#most.steps)) {
      refuse('steps', `the template takes more than ${this.#most.steps} steps; loop over less`)
    }
    this.#nextLook = this.#steps + 1000
    if (performance.now() > this.#end) {
      refuse('time', `the template takes longer than ${this.#most.time / 1000} seconds`)
    }
  }

  /** Refuses a text that would be that long. */
  checkLength(characters: number): void {
    // Not a number is no length either.
    if (characters <= this.#most.output) return
    refuse('output', `the text grows beyond ${this.#most.output} characters; print less`)
  }

  /** Refuses a range of that many numbers. */
  checkRange(length: number): void {
    if (length <= limits.range) return
    refuse('steps', `range gives at most ${limits.range} numbers, not ${length}`)
  }

  /** Runs work one level deeper. */
  nest<T>(work: () => T): T {
    this.spend(1)
    if (++this.#depth > this.#most.nesting) {
      refuse(
        'nesting',
        `includes, blocks or macros are more than ${this.#most.nesting} levels inside one another`,
      )
    }
    try {
      return work()
    } finally {
      this.#depth--
    }
  }
}

function refuse(kind: TemplateErrorKind, message: string): never {
  throw new TemplateError(message, { kind })
}
