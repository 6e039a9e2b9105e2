import { bounded, limits } from './limits.js'
import { TemplateError } from './template-error.js'
import { repeat } from './text-tools.js'
import { isDict, print, stringOf } from './values.js'

/** The operators of expressions. Values are looked at, never asked to convert themselves. */
export const operators = {
  add(left: unknown, right: unknown): unknown {
    if (typeof left === 'number' && typeof right === 'number') return left + right
    if (Array.isArray(left) && Array.isArray(right)) return list([...left, ...right])
    return operators.concat(left, right)
  },
  concat: (left: unknown, right: unknown) => bounded(print(left) + print(right)),
  subtract: (left: unknown, right: unknown) => numeric(left) - numeric(right),
  multiply(left: unknown, right: unknown): unknown {
    const text = stringOf(left)
    return text !== undefined && typeof right === 'number'
      ? repeat(text, right)
      : numeric(left) * numeric(right)
  },
  divide: (left: unknown, right: unknown) => numeric(left) / divisor(right),
  floorDivide: (left: unknown, right: unknown) => Math.floor(numeric(left) / divisor(right)),
  modulo: (left: unknown, right: unknown) => numeric(left) % divisor(right),
  power: (left: unknown, right: unknown) => numeric(left) ** numeric(right),
  negative: (value: unknown) => -numeric(value),
  positive: (value: unknown) => numeric(value),
  contains(item: unknown, whole: unknown): boolean {
    const text = stringOf(whole)
    if (text !== undefined) return text.includes(print(item))
    if (Array.isArray(whole)) return whole.some((each) => equal(each, item))
    if (isDict(whole)) return print(item) in whole
    return false
  },
  /** `first op rest[0] op rest[1] ...`, each operand compared with the one before it. */
  compare(first: unknown, signs: readonly string[], rest: readonly unknown[]): boolean {
    let left = first
    return signs.every((sign, index) => {
      const right = rest[index]
      const holds = comparisons.get(sign)?.(left, right) ?? false
      left = right
      return holds
    })
  },
} as const

const comparisons = new Map<string, (left: unknown, right: unknown) => boolean>([
  ['==', equal],
  ['===', equal],
  ['!=', (left, right) => !equal(left, right)],
  ['!==', (left, right) => !equal(left, right)],
  ['<', (left, right) => order(left, right) < 0],
  ['>', (left, right) => order(left, right) > 0],
  ['<=', (left, right) => order(left, right) <= 0],
  ['>=', (left, right) => order(left, right) >= 0],
])

/** Whether two values are the same text, number, truth or nothing, or the very same list or mapping. */
export function equal(left: unknown, right: unknown): boolean {
  return (stringOf(left) ?? left ?? null) === (stringOf(right) ?? right ?? null)
}

/** Below zero, zero, above zero; not a number where the values have no order, so that no comparison holds. */
export function order(left: unknown, right: unknown): number {
  const texts = [stringOf(left), stringOf(right)] as const
  if (texts[0] !== undefined && texts[1] !== undefined) {
    return texts[0] < texts[1] ? -1 : texts[0] > texts[1] ? 1 : 0
  }
  if (typeof left === 'number' && typeof right === 'number') return left - right
  return Number.NaN
}

function numeric(value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return Number(value)
  const text = stringOf(value)
  if (text !== undefined && /^\s*-?\d+(?:\.\d+)?\s*$/.test(text)) return Number(text)
  throw new TemplateError(
    `a number is needed here, not ${value === undefined ? 'an undefined value' : print(value).slice(0, 40) || 'nothing'}`,
  )
}

function divisor(value: unknown): number {
  const number = numeric(value)
  if (number === 0) throw new TemplateError('division by zero')
  return number
}

function list(items: readonly unknown[]): readonly unknown[] {
  if (items.length > limits.steps) throw new TemplateError(`a list grows beyond ${limits.steps} items`)
  return items
}
