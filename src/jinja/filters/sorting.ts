import { isLess } from '../values/compare.js'
import { type Bounds, textOf, type Value } from '../values/values.js'

/** The items in the order of their keys; those of equal keys stay as they stood. */
export function sorted(
  items: readonly Value[],
  key: (item: Value) => Value,
  reverse: boolean,
  bounds: Bounds,
): Value[] {
  const keyed = items.map((item) => ({ item, key: key(item) }))
  // Sorting backwards keeps equal ones in their order too, so it is not the forward order turned round.
  const sign = reverse ? -1 : 1
  keyed.sort((a, b) => {
    if (isLess(a.key, b.key, bounds)) return -sign
    return isLess(b.key, a.key, bounds) ? sign : 0
  })
  return keyed.map(({ item }) => item)
}

/** What text is sorted and compared by where case does not matter. */
export function ignoreCase(value: Value): Value {
  return textOf(value)?.toLowerCase() ?? value
}
