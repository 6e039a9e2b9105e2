import type { Filter, FilterContext } from '../filters/filter.js'
import { TemplateError } from '../template-error.js'
import { kindOf } from '../values/kind.js'
import { isInteger } from '../values/numbers.js'
import { textOf, Undefined, type Value } from '../values/values.js'

/**
 * A method. Its parameters stand in one string; those that Python does not take by name start with `:`, which
 * no name in a template does.
 */
export function method<Self>(
  parameters: string,
  call: (self: Self, context: FilterContext, ...args: Value[]) => Value,
): Method<Self> {
  return { parameters: parameters === '' ? [] : parameters.split(' '), call }
}

interface Method<Self> {
  readonly parameters: readonly string[]
  readonly call: (self: Self, context: FilterContext, ...args: Value[]) => Value
}

/** The methods of a kind, ready to be called on values that `self` takes. */
export function methodTable<Self>(
  self: (value: Value) => Self,
  methods: Readonly<Record<string, Method<Self>>>,
): Map<string, Filter> {
  return new Map(
    Object.entries(methods).map(([name, { parameters, call }]) => [
      name,
      { parameters, call: (context, value, ...args) => call(self(value), context, ...args) },
    ]),
  )
}

/** An argument that has to be text. */
export function text(value: Value): string {
  const found = textOf(value)
  if (found !== undefined) return found
  throw wrongKind('a str', value)
}

/** An argument that may be text, or None, or left out. */
export function optionalText(value: Value): string | undefined {
  return value === undefined || value === null ? undefined : text(value)
}

/** An argument that has to be an integer. */
export function whole(value: Value, fallback?: number): number {
  if (value === undefined && fallback !== undefined) return fallback
  if (isInteger(value)) return Number(value)
  throw wrongKind('an integer', value)
}

function wrongKind(wanted: string, value: Value): TemplateError {
  if (value instanceof Undefined) return new TemplateError(value.message)
  return new TemplateError(`${wanted} is expected here, not ${kindOf(value)}`)
}
