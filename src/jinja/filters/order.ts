import { TemplateError } from '../template-error.js'
import { compare, equal } from '../values/compare.js'
import { dictEntries } from '../values/dict.js'
import { hash } from '../values/hash.js'
import { iterate, listOf } from '../values/iterate.js'
import { kindOf } from '../values/kind.js'
import { isDict } from '../values/mapping.js'
import { atPath, pathSteps } from '../values/member.js'
import { truthy } from '../values/truth.js'
import { Lazy, Tuple, textOf, Undefined, type Value } from '../values/values.js'
import { oneOf } from './arguments.js'
import { type Filter, type FilterContext, filter } from './filter.js'
import { ignoreCase, sorted } from './sorting.js'

/** The filters that sort, group and compare, by name. */
export const orderFilters: readonly (readonly [string, Filter])[] = [
  ['sort', filter('reverse? case_sensitive? attribute?', sort)],
  ['dictsort', filter('case_sensitive? by? reverse?', dictsort)],
  ['unique', filter('case_sensitive? attribute?', unique)],
  ['min', filter('case_sensitive? attribute?', (context, ...args) => extreme(context, false, ...args))],
  ['max', filter('case_sensitive? attribute?', (context, ...args) => extreme(context, true, ...args))],
  ['groupby', filter('attribute default? case_sensitive?', groupby)],
]

/** What an item is compared by: what stands at the path, text in lower case unless case matters. */
function keyFor(context: FilterContext, path: Value, caseSensitive: Value, fallback?: Value) {
  const steps = path === null ? [] : pathSteps(path, context.budget)
  const folded = !truthy(caseSensitive)
  return (item: Value): Value => {
    const found = steps.length > 0 ? atPath(context, item, steps, fallback) : item
    return folded ? ignoreCase(found) : found
  }
}

function sort(
  context: FilterContext,
  value: Value,
  reverse: Value = false,
  caseSensitive: Value = false,
  attribute: Value = null,
): Value {
  const paths = textOf(attribute)?.split(',') ?? [attribute]
  const keys = paths.map((path) => keyFor(context, path, caseSensitive))
  const key = (item: Value) => keys.map((each) => each(item))
  return sorted(listOf(value, context.budget), key, truthy(reverse), context.budget)
}

function dictsort(
  { budget }: FilterContext,
  value: Value,
  caseSensitive: Value = false,
  by: Value = 'key',
  reverse: Value = false,
): Value {
  const chosen = oneOf(by, ['key', 'value'])
  if (chosen === undefined) throw new TemplateError('dictsort sorts by "key" or "value"')
  if (!isDict(value)) {
    throw new TemplateError(
      value instanceof Undefined ? value.message : `dictsort takes a mapping, not ${kindOf(value)}`,
    )
  }
  const place = chosen === 'key' ? 0 : 1
  const pairs = dictEntries(value).map((entry) => new Tuple([...entry]))
  budget.spend(pairs.length)
  const key = (pair: Value) => {
    const found = pair instanceof Tuple ? pair.items[place] : pair
    return truthy(caseSensitive) ? found : ignoreCase(found)
  }
  return sorted(pairs, key, truthy(reverse), budget)
}

function unique(
  context: FilterContext,
  value: Value,
  caseSensitive: Value = false,
  attribute: Value = null,
): Value {
  const key = keyFor(context, attribute, caseSensitive)
  function* once(): IterableIterator<Value> {
    const seen = new Set<unknown>()
    for (const item of iterate(value)) {
      context.budget.spend(1)
      const hashed = hash(key(item))
      if (seen.has(hashed)) continue
      seen.add(hashed)
      yield item
    }
  }
  return new Lazy(once())
}

function extreme(
  context: FilterContext,
  greatest: boolean,
  value: Value,
  caseSensitive: Value = false,
  attribute: Value = null,
): Value {
  const { budget } = context
  const key = keyFor(context, attribute, caseSensitive)
  let best: { readonly item: Value; readonly key: Value } | undefined
  for (const item of iterate(value)) {
    const next = { item, key: key(item) }
    if (!best || compare(next.key, greatest ? '>' : '<', best.key, budget)) best = next
  }
  return best ? best.item : new Undefined('No aggregated item, sequence was empty.')
}

function groupby(
  context: FilterContext,
  value: Value,
  attribute: Value,
  fallback: Value = null,
  caseSensitive: Value = false,
): Value {
  const { budget } = context
  const otherwise = fallback === null ? undefined : fallback
  const key = keyFor(context, attribute, caseSensitive, otherwise)
  const exact = keyFor(context, attribute, true, otherwise)
  const groups: { readonly key: Value; readonly items: Value[] }[] = []
  for (const item of sorted(listOf(value, budget), key, false, budget)) {
    const found = key(item)
    const group = groups.at(-1)
    if (group && equal(group.key, found, budget)) group.items.push(item)
    else groups.push({ key: found, items: [item] })
  }
  return groups.map(({ items }) => new Tuple([exact(items[0]), items], ['grouper', 'list']))
}
