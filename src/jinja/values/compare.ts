import { TemplateError } from '../template-error.js'
import { compareText } from './characters.js'
import { dictEntries, dictGet, dictHas, dictSize } from './dict.js'
import { iterate } from './iterate.js'
import { kindOf } from './kind.js'
import { DictView, isDict } from './mapping.js'
import { isNumber, numberOf } from './numbers.js'
import { type Bounds, Bytes, Range, Tuple, textOf, Undefined, type Value } from './values.js'

/** Python's `==`. */
export function equal(a: Value, b: Value, bounds: Bounds): boolean {
  bounds.spend(1)
  if (isNumber(a)) return isNumber(b) && numberOf(a) === numberOf(b)
  if (a === b) return true
  const text = textOf(a)
  if (text !== undefined) {
    const other = textOf(b)
    if (other?.length !== text.length) return false
    bounds.spend(text.length >> 10)
    return text === other
  }
  if (Array.isArray(a)) return Array.isArray(b) && equalItems(a, b, bounds)
  if (a instanceof Tuple) return b instanceof Tuple && equalItems(a.items, b.items, bounds)
  if (isDict(a)) {
    return (
      isDict(b) &&
      dictSize(a) === dictSize(b) &&
      dictEntries(a).every(([key, value]) => {
        const other = dictGet(b, key)
        return other !== undefined && equal(value, other, bounds)
      })
    )
  }
  if (a instanceof Undefined) return b instanceof Undefined
  if (a instanceof Bytes) return b instanceof Bytes && equalItems([...a.bytes], [...b.bytes], bounds)
  if (a instanceof Range && b instanceof Range) {
    return equalItems([...iterate(a)], [...iterate(b)], bounds)
  }
  return false
}

function equalItems(a: readonly Value[], b: readonly Value[], bounds: Bounds): boolean {
  return a.length === b.length && a.every((item, index) => isOneOrEqual(item, b[index], bounds))
}

/** Among the items of a list, what is not a number equals itself, as long as it is the very same. */
function isOneOrEqual(a: Value, b: Value, bounds: Bounds): boolean {
  return (typeof a === 'object' && a === b) || equal(a, b, bounds)
}

export type Order = '<' | '<=' | '>' | '>='

/** Python's `<`, `<=`, `>` and `>=`. Throws a TemplateError for what has no order. */
export function compare(a: Value, operator: Order, b: Value, bounds: Bounds): boolean {
  const order = orderOf(a, operator, b, bounds)
  if (operator === '<') return order < 0
  if (operator === '<=') return order <= 0
  return operator === '>' ? order > 0 : order >= 0
}

/** Whether one value stands before another in a sorted list. */
export function isLess(a: Value, b: Value, bounds: Bounds): boolean {
  return compare(a, '<', b, bounds)
}

/** Negative, zero or positive; NaN where one of them is. */
function orderOf(a: Value, operator: Order, b: Value, bounds: Bounds): number {
  bounds.spend(1)
  if (isNumber(a) && isNumber(b)) {
    const left = numberOf(a)
    const right = numberOf(b)
    return left === right ? 0 : left - right || (left < right ? -1 : Number.NaN)
  }
  const text = textOf(a)
  const other = textOf(b)
  if (text !== undefined && other !== undefined) {
    bounds.spend(Math.min(text.length, other.length) >> 10)
    return compareText(text, other)
  }
  if (Array.isArray(a) && Array.isArray(b)) return orderOfItems(a, operator, b, bounds)
  if (a instanceof Tuple && b instanceof Tuple) return orderOfItems(a.items, operator, b.items, bounds)
  for (const side of [a, b]) if (side instanceof Undefined) throw new TemplateError(side.message)
  throw new TemplateError(
    `'${operator}' not supported between instances of '${kindOf(a)}' and '${kindOf(b)}'`,
  )
}

function orderOfItems(a: readonly Value[], operator: Order, b: readonly Value[], bounds: Bounds): number {
  const length = Math.min(a.length, b.length)
  for (let place = 0; place < length; place++) {
    if (!equal(a[place], b[place], bounds)) return orderOf(a[place], operator, b[place], bounds)
  }
  return a.length - b.length
}

/** Python's `in`: `contains(list, item)`. */
export function contains(container: Value, item: Value, bounds: Bounds): boolean {
  const text = textOf(container)
  if (text !== undefined) {
    const part = textOf(item)
    if (part === undefined) {
      throw new TemplateError(`'in <string>' requires string as left operand, not ${kindOf(item)}`)
    }
    bounds.spend(text.length >> 10)
    return text.includes(part)
  }
  if (isDict(container)) return dictHas(container, item)
  if (container instanceof DictView && container.of === 'keys') return dictHas(container.dict, item)
  if (container instanceof Range && isNumber(item)) {
    const place = (numberOf(item) - container.start) / container.step
    return Number.isInteger(place) && place >= 0 && place < container.length
  }
  for (const each of iterate(container)) if (isOneOrEqual(each, item, bounds)) return true
  return false
}
