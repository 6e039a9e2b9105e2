import { bind, placedAlone, splitArguments } from '../values/bind.js'
import { type Arguments, type Bounds, textOf, type Value } from '../values/values.js'

/** What filters and tests know of the render they work in. */
export interface FilterContext {
  /** Whether what is printed where the filter stands is escaped. */
  readonly autoescape: boolean
  readonly budget: Bounds
  /** Whether what is looked up in an undefined value is undefined too, rather than an error. */
  readonly chainUndefined: boolean
  /** Calls a value of the template: a macro, a helper's function. */
  readonly call: (callee: Value, args: Arguments) => Value
  /** Applies a filter by name to a value, for `map('upper')`. Throws a TemplateError for an unknown one. */
  readonly filter: (name: string, value: Value, args: Arguments) => Value
  /** Applies a test by name to a value, for `select('odd')`. Throws a TemplateError for an unknown one. */
  readonly test: (name: string, value: Value, args: Arguments) => boolean
}

/**
 * A filter whose arguments are bound to its parameters: `name`, or `name?` where it may be left out (it is
 * JavaScript's undefined then).
 */
interface BoundFilter {
  readonly parameters: readonly string[]
  readonly call: (context: FilterContext, value: Value, ...args: Value[]) => Value
}

/** A filter that takes any arguments, and hands them on: `map('replace', 'a', 'b')`. */
interface FreeFilter {
  readonly parameters: '*'
  readonly call: (
    context: FilterContext,
    value: Value,
    placed: readonly Value[],
    named: ReadonlyMap<string, Value>,
  ) => Value
}

export type Filter = BoundFilter | FreeFilter

/** A test: as a filter, but its answer is yes or no. With `*` it takes any arguments, by place alone. */
export interface Test {
  readonly parameters: readonly string[] | '*'
  readonly call: (context: FilterContext, value: Value, ...args: Value[]) => boolean
}

/** A filter with parameters, which stand in one string: `'length? killwords? end?'`. */
export function filter(parameters: string, call: BoundFilter['call']): Filter {
  return { parameters: parameters === '' ? [] : parameters.split(' '), call }
}

/** A filter that takes any arguments. */
export function freeFilter(call: FreeFilter['call']): Filter {
  return { parameters: '*', call }
}

/** A test with parameters. */
export function test(parameters: string, call: Test['call']): Test {
  return { parameters: parameters === '' ? [] : parameters.split(' '), call }
}

/** Applies a filter to a value. */
export function applyFilter(
  name: string,
  filter: Filter,
  context: FilterContext,
  value: Value,
  args: Arguments,
): Value {
  weigh(context, value, args)
  if (filter.parameters !== '*') {
    const given = bind(name, filter.parameters, args)
    return given.length === 0 ? filter.call(context, value) : filter.call(context, value, ...given)
  }
  const { placed, named } = splitArguments(args)
  return filter.call(context, value, placed, named)
}

/** Applies a test to a value. */
export function applyTest(
  name: string,
  test: Test,
  context: FilterContext,
  value: Value,
  args: Arguments,
): boolean {
  weigh(context, value, args)
  const { parameters } = test
  const given = parameters === '*' ? placedAlone(name, args) : bind(name, parameters, args)
  return test.call(context, value, ...given)
}

/** Long texts are work: a loop over a filter on one has to come to an end as one over many items does. */
function weigh({ budget }: FilterContext, value: Value, args: Arguments): void {
  let length = textOf(value)?.length ?? 0
  for (const argument of args) length += textOf(argument)?.length ?? 0
  if (length >= 256) budget.spend(length >> 8)
}
