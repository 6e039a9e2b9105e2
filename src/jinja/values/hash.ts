import { TemplateError } from '../template-error.js'
import { kindOf } from './kind.js'
import { DictView, isDict } from './mapping.js'
import { Bytes, Float, Markup, Tuple, Undefined, type Value } from './values.js'

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
