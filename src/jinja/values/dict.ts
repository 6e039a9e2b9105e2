import { TemplateError } from '../template-error.js'
import { kindOf } from './kind.js'
import { Bytes, Float, Markup, Tuple, textOf, Undefined, type Value } from './values.js'

/** A mapping that came from data: its prototype has nothing, so that a key finds own data or nothing. */
export type DataDict = { [key: string]: Value }

/** JavaScript keeps objects without any prototype in a slower form than those with an empty one. */
const nothing: object = Object.freeze(Object.create(null))

/** An empty mapping, for data. */
export function dataDict(): DataDict {
  return Object.create(nothing)
}

/** A mapping that a template made: any value that does not change can be a key, and keys keep their order. */
export class MapDict {
  readonly entries = new Map<unknown, [key: Value, value: Value]>()
}

export type Dict = DataDict | MapDict

/** One of a mapping's views: `d.keys()`, `d.values()`, `d.items()`. */
export class DictView {
  constructor(
    readonly dict: Dict,
    readonly of: 'keys' | 'values' | 'items',
  ) {}
}

/** Whether a value is a mapping. */
export function isDict(value: Value): value is Dict {
  return value instanceof MapDict || isDataDict(value)
}

/** Whether a value is a mapping that came from data. */
export function isDataDict(value: Value): value is DataDict {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === nothing
}

/** A mapping of the given pairs; where a key comes twice, the later value counts. */
export function makeDict(pairs: Iterable<readonly [Value, Value]> = []): MapDict {
  const made = new MapDict()
  for (const [key, value] of pairs) dictSet(made, key, value)
  return made
}

/** What stands under a key, JavaScript's undefined where nothing does. */
export function dictGet(dict: Dict, key: Value): Value {
  if (dict instanceof MapDict) return dict.entries.get(hash(key))?.[1]
  const name = textOf(key)
  // The prototype is empty: there is nothing but own data.
  if (name !== undefined) return dict[name]
  hash(key)
  return undefined
}

export function dictHas(dict: Dict, key: Value): boolean {
  return dictGet(dict, key) !== undefined
}

export function dictSet(dict: Dict, key: Value, value: Value): void {
  if (dict instanceof MapDict) {
    const hashed = hash(key)
    const entry = dict.entries.get(hashed)
    if (entry) entry[1] = value
    else dict.entries.set(hashed, [key, value])
    return
  }
  const name = textOf(key)
  if (name === undefined) throw new TemplateError('a mapping that came from data takes only text as a key')
  dict[name] = value
}

/** Removes a key and gives what stood there, JavaScript's undefined where nothing did. */
export function dictDelete(dict: Dict, key: Value): Value {
  const value = dictGet(dict, key)
  if (value === undefined) return undefined
  if (dict instanceof MapDict) dict.entries.delete(hash(key))
  else delete dict[textOf(key) ?? '']
  return value
}

export function dictSize(dict: Dict): number {
  return dict instanceof MapDict ? dict.entries.size : Object.keys(dict).length
}

export function dictKeys(dict: Dict): Value[] {
  return dict instanceof MapDict ? Array.from(dict.entries.values(), ([key]) => key) : Object.keys(dict)
}

function dictValues(dict: Dict): Value[] {
  return dict instanceof MapDict
    ? Array.from(dict.entries.values(), ([, value]) => value)
    : Object.values(dict)
}

export function dictEntries(dict: Dict): (readonly [Value, Value])[] {
  return dict instanceof MapDict ? [...dict.entries.values()] : Object.entries(dict)
}

/** What a view goes through. */
export function viewItems({ dict, of }: DictView): Value[] {
  if (of === 'keys') return dictKeys(dict)
  if (of === 'values') return dictValues(dict)
  return dictEntries(dict).map((entry) => new Tuple(entry))
}

const undefinedKey = Symbol('Undefined')
const longestKey = 1_000_000

/**
 * What stands for a key in a Map, so that keys that Python calls equal (`1`, `1.0`, `True`) are one.
 *
 * @throws TemplateError for what can change, and so cannot be a key.
 */
export function hash(key: Value): unknown {
  if (typeof key === 'string') return key.startsWith('\0') ? `\0${key}` : key
  if (typeof key === 'number' || key === null) return key
  if (typeof key === 'boolean') return Number(key)
  if (key instanceof Float) return key.value
  if (key instanceof Markup) return hash(key.html)
  if (key instanceof Undefined) return undefinedKey
  if (key instanceof Tuple) {
    const parts = key.items.map(part).join('')
    // Tuples that hold one another twice, and so on for some levels, are small to write and endless to hash.
    if (parts.length > longestKey) throw new TemplateError('a tuple is too large for a key')
    return `\0(${parts}`
  }
  if (key instanceof Bytes) return `\0b${key.bytes.join(',')}`
  if (Array.isArray(key) || isDict(key) || (key instanceof DictView && key.of !== 'values')) {
    throw new TemplateError(`unhashable type: '${kindOf(key)}'`)
  }
  return key
}

const numbered = new WeakMap<object, number>()
let lastNumber = 0

/** A part of a tuple's hash: its kind and length first, so that no two tuples share one. */
function part(item: Value): string {
  const hashed = hash(item)
  if (typeof hashed === 'object' && hashed !== null) {
    const number = numbered.get(hashed) ?? ++lastNumber
    numbered.set(hashed, number)
    return `o${number};`
  }
  const text = String(hashed)
  return `${(typeof hashed).charAt(0)}${text.length}:${text}`
}
