import { TemplateError } from '../template-error.js'
import { characterCount } from './characters.js'
import { dictKeys, dictSize, viewItems } from './dict.js'
import { kindOf } from './kind.js'
import { DictView, isDict } from './mapping.js'
import { type Bounds, Bytes, Host, Lazy, Range, Tuple, textOf, Undefined, type Value } from './values.js'

/** What a loop goes through, or JavaScript's undefined for what no loop goes through. */
export function itemsOf(value: Value): Iterable<Value> | undefined {
  if (Array.isArray(value)) return value
  const text = textOf(value)
  // Python's Markup gives plain characters when it is read one by one.
  if (text !== undefined) return characterIterator(text)
  if (isDict(value)) return dictKeys(value)
  if (value instanceof Tuple) return value.items
  if (value instanceof Range) return rangeItems(value)
  if (value instanceof Lazy) return value.items
  if (value instanceof DictView) return viewItems(value)
  if (value instanceof Bytes) return value.bytes
  if (value instanceof Undefined) return []
  return value instanceof Host ? value.behaviour.items?.() : undefined
}

/** What a loop goes through. Throws a TemplateError for what no loop goes through. */
export function iterate(value: Value): Iterable<Value> {
  const items = itemsOf(value)
  if (items) return items
  throw new TemplateError(`'${kindOf(value)}' object is not iterable`)
}

/** The items as a list of its own, counted. */
export function listOf(value: Value, bounds: Bounds): Value[] {
  const known = sizeOf(value)
  if (known !== undefined) {
    bounds.spend(known)
    return Array.from(iterate(value))
  }
  const list: Value[] = []
  for (const item of iterate(value)) {
    bounds.spend(1)
    list.push(item)
  }
  return list
}

/** How many items a value has, or JavaScript's undefined for what has no length. */
export function sizeOf(value: Value): number | undefined {
  const text = textOf(value)
  if (text !== undefined) return characterCount(text)
  if (Array.isArray(value)) return value.length
  if (isDict(value)) return dictSize(value)
  if (value instanceof Tuple) return value.items.length
  if (value instanceof Range) return value.length
  if (value instanceof DictView) return dictSize(value.dict)
  if (value instanceof Bytes) return value.bytes.length
  if (value instanceof Undefined) return 0
  return value instanceof Host ? value.behaviour.length?.() : undefined
}

function* rangeItems(range: Range): Iterable<Value> {
  for (let place = 0; place < range.length; place++) yield range.at(place)
}

/** The characters one after another: a loop that stops early has not taken the whole text apart. */
function* characterIterator(text: string): Iterable<Value> {
  yield* text
}
