import { type FilterContext, type Test, test } from '../filters/filter.js'
import { letterTests } from '../methods/letters.js'
import { compare, contains, equal, type Order } from '../values/compare.js'
import { hash } from '../values/hash.js'
import { itemsOf, sizeOf } from '../values/iterate.js'
import { DictView, isDict } from '../values/mapping.js'
import { isFloat, isNumber } from '../values/numbers.js'
import { modulo } from '../values/operators.js'
import { str } from '../values/print.js'
import { Callable, Host, Markup, Tuple, textOf, Undefined, type Value } from '../values/values.js'

/** What the tests `filter` and `test` look names up in. */
interface Names {
  readonly filters: ReadonlyMap<string, unknown>
}

/**
 * All of Jinja2's tests by name: what stands after `is`. A Map: `is constructor` finds nothing.
 *
 * @param names - The filters that the test `filter` knows.
 */
export function createTests({ filters }: Names): ReadonlyMap<string, Test> {
  const all = new Map<string, Test>()
  const entries: readonly (readonly [string, Test])[] = [
    ...kindTests,
    ...numberTests,
    ...comparisons,
    ['filter', test('', (_context, value) => filters.has(name(value)))],
    ['test', test('', (_context, value) => all.has(name(value)))],
  ]
  for (const [key, entry] of entries) all.set(key, entry)
  return all
}

const kindTests: readonly (readonly [string, Test])[] = [
  ['defined', test('', (_context, value) => !(value instanceof Undefined))],
  ['undefined', test('', (_context, value) => value instanceof Undefined)],
  ['none', test('', (_context, value) => value === null)],
  ['boolean', test('', (_context, value) => typeof value === 'boolean')],
  ['true', test('', (_context, value) => value === true)],
  ['false', test('', (_context, value) => value === false)],
  ['integer', test('', (_context, value) => typeof value === 'number' && !isFloat(value))],
  ['float', test('', (_context, value) => isFloat(value))],
  ['number', test('', (_context, value) => isNumber(value))],
  ['string', test('', (_context, value) => textOf(value) !== undefined)],
  ['mapping', test('', (_context, value) => isDict(value))],
  ['sequence', test('', (_context, value) => isSequence(value))],
  ['iterable', test('', (_context, value) => value instanceof Tuple || itemsOf(value) !== undefined)],
  ['callable', test('', (_context, value) => isCallable(value))],
  ['escaped', test('', (_context, value) => value instanceof Markup)],
  ['lower', test('', ({ budget }, value) => letterTests.islower(str(value, budget)))],
  ['upper', test('', ({ budget }, value) => letterTests.isupper(str(value, budget)))],
  ['sameas', test('other', (_context, value, other) => isSame(value, other))],
]

const numberTests: readonly (readonly [string, Test])[] = [
  ['odd', test('', (context, value) => leaves(context, value, 2, 1))],
  ['even', test('', (context, value) => leaves(context, value, 2, 0))],
  ['divisibleby', test('num', (context, value, by) => leaves(context, value, by, 0))],
]

const comparisons: readonly (readonly [string, Test])[] = [
  ...['==', 'eq', 'equalto'].map((name): [string, Test] => [
    name,
    test('other', ({ budget }, value, other) => equal(value, other, budget)),
  ]),
  ...['!=', 'ne'].map((name): [string, Test] => [
    name,
    test('other', ({ budget }, value, other) => !equal(value, other, budget)),
  ]),
  ...orders('<', 'lt', 'lessthan'),
  ...orders('<=', 'le'),
  ...orders('>', 'gt', 'greaterthan'),
  ...orders('>=', 'ge'),
  ['in', test('seq', ({ budget }, value, container) => contains(container, value, budget))],
]

function orders(operator: Order, ...names: string[]): [string, Test][] {
  const ordered = test('other', ({ budget }, value, other) => compare(value, operator, other, budget))
  return [operator, ...names].map((name) => [name, ordered])
}

/** Whether a division leaves that remainder. Text is a format there, as everywhere in Python. */
function leaves({ budget }: FilterContext, value: Value, by: Value, rest: number): boolean {
  return equal(modulo(value, by, budget), rest, budget)
}

function isSequence(value: Value): boolean {
  if (value instanceof DictView || value instanceof Host) return false
  return sizeOf(value) !== undefined
}

function isCallable(value: Value): boolean {
  return (
    value instanceof Callable ||
    value instanceof Undefined ||
    (value instanceof Host && value.behaviour.call !== undefined)
  )
}

/** Python's `is`. Equal short texts and small numbers are one there. */
function isSame(value: Value, other: Value): boolean {
  if (value instanceof Tuple && other instanceof Tuple && value.items.length + other.items.length === 0)
    return true
  return value === other
}

/** A name that is looked up. What cannot be a key is refused. */
function name(value: Value): string {
  hash(value)
  return textOf(value) ?? ''
}
