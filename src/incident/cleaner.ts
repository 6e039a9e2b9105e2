import { cleanHtml } from './clean-html.js'
import { isFields } from './data.js'

/** Cleans what the template helper hands out, as much of it as one mail may ask for. */
export interface Cleaner {
  text(text: string): string
  /** Data of any shape, with each string in it cleaned. A copy: the original stays as it is. */
  data(value: unknown): unknown
  /** Notes work done, and stops it where it gets too much. */
  spend(parts: number): void
}

/** More parts than any incident has: templates can make small lists that are endless to go through. */
const mostParts = 1_000_000
const deepest = 50

/** Makes the cleaner of one render. */
export function createCleaner(): Cleaner {
  let spent = 0

  function spend(parts: number): void {
    spent += parts
    if (spent > mostParts) throw new Error('there is too much data to go through')
  }

  function text(value: string): string {
    // Paid for by length, since a template can ask for the same long text again and again.
    spend(value.length / 20)
    return cleanHtml(value)
  }

  function data(value: unknown, depth = 0): unknown {
    spend(1)
    if (depth > deepest) throw new Error('there is too much data to go through')
    if (typeof value === 'string') return text(value)
    if (Array.isArray(value)) return value.map((item) => data(item, depth + 1))
    if (!isFields(value)) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, data(item, depth + 1)]))
  }

  return { text, data: (value) => data(value), spend }
}
