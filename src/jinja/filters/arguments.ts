import { text, whole } from '../methods/call.js'
import type { Value } from '../values/values.js'

export { optionalText, text, whole } from '../methods/call.js'

/** An integer, or nothing where it is None or left out. */
export function optionalWhole(value: Value): number | undefined {
  return value === undefined || value === null ? undefined : whole(value)
}

/** One of the given words. */
export function oneOf<Word extends string>(value: Value, words: readonly Word[]): Word | undefined {
  const given = text(value)
  return words.find((word) => word === given)
}
