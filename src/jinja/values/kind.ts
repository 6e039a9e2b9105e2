import { DictView, isDict } from './mapping.js'
import { isNumber } from './numbers.js'
import { Bytes, Callable, Float, Host, Lazy, Markup, Range, Tuple, Undefined, type Value } from './values.js'

/** What Python calls the kind of a value: its class. */
export function kindOf(value: Value): string {
  if (value === null) return 'NoneType'
  if (typeof value === 'string') return 'str'
  if (typeof value === 'boolean') return 'bool'
  if (isNumber(value)) return value instanceof Float || !Number.isInteger(value) ? 'float' : 'int'
  if (Array.isArray(value)) return 'list'
  if (isDict(value)) return 'dict'
  if (value instanceof Markup) return 'Markup'
  if (value instanceof Tuple) return 'tuple'
  if (value instanceof Undefined) return 'Undefined'
  if (value instanceof Range) return 'range'
  if (value instanceof Lazy) return value.kind
  if (value instanceof DictView) return `dict_${value.of}`
  if (value instanceof Bytes) return 'bytes'
  if (value instanceof Callable) return 'function'
  return value instanceof Host ? value.behaviour.kind : 'object'
}
