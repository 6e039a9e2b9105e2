import { applyFilter, type Filter, type FilterContext } from '../filters/filter.js'
import { bytesMethods } from '../methods/bytes.js'
import { dictMethods } from '../methods/dict.js'
import { listMethods, tupleMethods } from '../methods/list.js'
import { numberMembers, numberMethods } from '../methods/number.js'
import { markupMethods, textMethods } from '../methods/text.js'
import { TemplateError } from '../template-error.js'
import { dictGet } from './dict.js'
import { itemAt } from './item-at.js'
import { kindOf } from './kind.js'
import { DataDict, DictView, isDict } from './mapping.js'
import { isNumber } from './numbers.js'
import { quote, repr } from './print.js'
import { Bytes, Callable, Host, Markup, Range, Tuple, textOf, Undefined, type Value } from './values.js'

const none: ReadonlyMap<string, Filter> = new Map()

/** The methods of a value's kind. A Map: `''.constructor` finds nothing. */
function methodsOf(value: Value): ReadonlyMap<string, Filter> {
  if (textOf(value) !== undefined) return textMethods
  if (isDict(value)) return dictMethods
  if (Array.isArray(value)) return listMethods
  if (value instanceof Tuple || value instanceof Range) return tupleMethods
  if (isNumber(value)) return numberMethods
  return value instanceof Bytes ? bytesMethods : none
}

/** What can be called of a value, by name: its methods, and functions among the data. */
export function functionsOf(value: Value): readonly string[] {
  const data = value instanceof DataDict ? Object.entries(value) : []
  return [
    ...data.filter(([, member]) => member instanceof Callable).map(([name]) => name),
    ...methodsOf(value).keys(),
  ]
}

/**
 * What `value.name` means, as Jinja2 goes about it: the method or member of that name, else the item under it.
 * Prototypes, functions and live objects have nothing to offer.
 */
export function attribute(context: FilterContext, value: Value, name: string): Value {
  if (value instanceof Undefined) return inUndefined(context, value)
  const found = own(context, value, name)
  if (found !== undefined) return found
  const item = isDict(value) ? dictGet(value, name) : undefined
  return item === undefined ? missing(value, name, context) : item
}

/** What `value[key]` means: the item under the key, else the method or member of that name. */
export function item(context: FilterContext, value: Value, key: Value): Value {
  if (value instanceof Undefined) return inUndefined(context, value)
  const found = itemAt(value, key, context.budget)
  if (found !== undefined) return found
  const name = textOf(key)
  const member = name === undefined ? undefined : own(context, value, name)
  return member === undefined ? missing(value, key, context) : member
}

function own(context: FilterContext, value: Value, name: string): Value {
  const method = methodsOf(value).get(name) ?? (value instanceof Markup ? markupMethods.get(name) : undefined)
  if (method) return bound(context, value, name, method)
  if (value instanceof Host) return value.behaviour.get(name)
  if (value instanceof Callable) return value.members.get(name)
  if (value instanceof Tuple) return value.items[value.names.indexOf(name)]
  if (value instanceof Range) return rangeMembers.get(name)?.(value)
  if (value instanceof DictView) return name === 'mapping' ? value.dict : undefined
  return isNumber(value) ? numberMembers.get(name)?.(value) : undefined
}

/** A method of one value, that can be called or handed on. */
function bound(context: FilterContext, self: Value, name: string, method: Filter): Callable {
  return new Callable((args) => {
    context.budget.spend(1)
    return applyFilter(name, method, context, self, args)
  }, name)
}

const rangeMembers = new Map<string, (range: Range) => Value>([
  ['start', (range) => range.start],
  ['stop', (range) => range.stop],
  ['step', (range) => range.step],
])

function inUndefined({ chainUndefined }: FilterContext, value: Undefined): Undefined {
  if (chainUndefined) return value
  throw new TemplateError(value.message)
}

function missing(value: Value, key: Value, context: FilterContext): Undefined {
  const kind = value === null ? 'None' : `${kindOf(value)} object`
  const name = textOf(key)
  return new Undefined(
    name === undefined
      ? `${kind} has no element ${repr(key, context.budget).slice(0, 80)}`
      : `'${kind}' has no attribute ${quote(name.slice(0, 80))}`,
    name,
    value,
  )
}

/** The steps of an attribute path: `'owner.names.0'`, or the number of a place. */
export function pathSteps(path: Value, bounds: FilterContext['budget']): readonly Value[] {
  const text = textOf(path)
  if (text === undefined) return [path]
  const steps = text.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step))
  bounds.spend(steps.length)
  return steps
}

/** The value at the end of a path; with a fallback, that where there is none. */
export function atPath(
  context: FilterContext,
  value: Value,
  steps: readonly Value[],
  fallback?: Value,
): Value {
  let found = value
  for (const step of steps) {
    found = item(context, found, step)
    if (fallback !== undefined && found instanceof Undefined) found = fallback
  }
  return found
}
