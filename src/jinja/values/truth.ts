import { dictSize } from './dict.js'
import { DictView, isDict } from './mapping.js'
import { Bytes, Float, Host, Markup, Range, Tuple, Undefined, type Value } from './values.js'

/** Python's truth: what is empty, zero, None or undefined is false. */
export function truthy(value: Value): boolean {
  if (typeof value !== 'object' || value === null) return Boolean(value) || Number.isNaN(value)
  if (Array.isArray(value)) return value.length > 0
  if (isDict(value)) return dictSize(value) > 0
  if (value instanceof Undefined) return false
  if (value instanceof Markup) return value.html !== ''
  if (value instanceof Float) return value.value !== 0
  if (value instanceof Tuple) return value.items.length > 0
  if (value instanceof Range) return value.length > 0
  if (value instanceof DictView) return dictSize(value.dict) > 0
  if (value instanceof Bytes) return value.bytes.length > 0
  return value instanceof Host ? (value.behaviour.truth?.() ?? (value.behaviour.length?.() ?? 1) > 0) : true
}
