import { TemplateError } from '../template-error.js'
import { iterate } from '../values/iterate.js'
import { atPath, pathSteps } from '../values/member.js'
import { truthy } from '../values/truth.js'
import { type Arguments, KeywordArguments, Lazy, type Value } from '../values/values.js'
import { text } from './arguments.js'
import { type Filter, type FilterContext, freeFilter } from './filter.js'

/** The filters that apply a filter or a test to every item, by name. */
export const chooseFilters: readonly (readonly [string, Filter])[] = [
  ['map', freeFilter(map)],
  [
    'select',
    freeFilter((context, value, ...args) => choose(context, value, ...args, { path: false, keep: true })),
  ],
  [
    'reject',
    freeFilter((context, value, ...args) => choose(context, value, ...args, { path: false, keep: false })),
  ],
  [
    'selectattr',
    freeFilter((context, value, ...args) => choose(context, value, ...args, { path: true, keep: true })),
  ],
  [
    'rejectattr',
    freeFilter((context, value, ...args) => choose(context, value, ...args, { path: true, keep: false })),
  ],
]

type Named = ReadonlyMap<string, Value>

function map(context: FilterContext, value: Value, placed: readonly Value[], named: Named): Value {
  function* mapped(): IterableIterator<Value> {
    if (!truthy(value)) return
    const change = changeBy(context, placed, named)
    for (const item of iterate(value)) {
      context.budget.spend(1)
      yield change(item)
    }
  }
  return new Lazy(mapped())
}

/** What becomes of each item: what stands at its `attribute`, or what the filter makes of it. */
function changeBy(context: FilterContext, placed: readonly Value[], named: Named): (item: Value) => Value {
  const path = named.get('attribute')
  if (placed.length === 0 && path !== undefined) {
    const unknown = [...named.keys()].find((name) => name !== 'attribute' && name !== 'default')
    if (unknown !== undefined)
      throw new TemplateError(`map takes no argument named ${unknown} beside attribute`)
    const steps = path === null ? [] : pathSteps(path, context.budget)
    const fallback = named.get('default') ?? undefined
    return (item) => atPath(context, item, steps, fallback)
  }
  if (placed.length === 0) throw new TemplateError('map needs the name of a filter, or an attribute')
  const [name, ...rest] = placed
  const args = joined(rest, named)
  return (item) => context.filter(text(name), item, args)
}

interface Choice {
  /** Whether the first argument is the path to what is tested. */
  readonly path: boolean
  /** Whether those that pass the test stay, or the others. */
  readonly keep: boolean
}

function choose(
  context: FilterContext,
  value: Value,
  placed: readonly Value[],
  named: Named,
  { path, keep }: Choice,
): Value {
  function* chosen(): IterableIterator<Value> {
    if (!truthy(value)) return
    const [attribute, ...afterPath] = placed
    if (path && attribute === undefined) throw new TemplateError('the name of an attribute is missing')
    const steps = path && attribute !== null ? pathSteps(attribute, context.budget) : []
    const [name, ...rest] = path ? afterPath : placed
    const args = joined(rest, named)
    for (const item of iterate(value)) {
      context.budget.spend(1)
      const tested = atPath(context, item, steps)
      const passes = name === undefined ? truthy(tested) : context.test(text(name), tested, args)
      if (passes === keep) yield item
    }
  }
  return new Lazy(chosen())
}

function joined(placed: readonly Value[], named: Named): Arguments {
  return named.size > 0 ? [...placed, new KeywordArguments(named)] : placed
}
