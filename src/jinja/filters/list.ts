import { TemplateError } from '../template-error.js'
import { characters } from '../values/characters.js'
import { htmlOf } from '../values/escape.js'
import { iterate, listOf, sizeOf } from '../values/iterate.js'
import { kindOf } from '../values/kind.js'
import { DictView, isDict } from '../values/mapping.js'
import { atPath, pathSteps } from '../values/member.js'
import { add } from '../values/operators.js'
import { str } from '../values/print.js'
import { Host, Lazy, Markup, Range, textOf, Undefined, type Value } from '../values/values.js'
import { whole } from './arguments.js'
import { type Filter, type FilterContext, filter } from './filter.js'

/** The filters on lists that neither sort nor choose, by name. */
export const listFilters: readonly (readonly [string, Filter])[] = [
  ['length', filter('', (_context, value) => size(value))],
  ['count', filter('', (_context, value) => size(value))],
  ['first', filter('', first)],
  ['last', filter('', last)],
  ['random', filter('', random)],
  ['list', filter('', ({ budget }, value) => listOf(value, budget))],
  ['reverse', filter('', reverse)],
  ['join', filter('d? attribute?', join)],
  ['sum', filter('attribute? start?', sum)],
  ['batch', filter('linecount fill_with?', batch)],
  ['slice', filter('slices fill_with?', slices)],
]

function size(value: Value): number {
  const found = sizeOf(value)
  if (found === undefined) throw new TemplateError(`object of type '${kindOf(value)}' has no len()`)
  return found
}

function first(_context: FilterContext, value: Value): Value {
  for (const item of iterate(value)) return item
  return new Undefined('No first item, sequence was empty.')
}

function last(context: FilterContext, value: Value): Value {
  const items = backwards(context, value)
  if (!items) throw new TemplateError(`'${kindOf(value)}' object is not reversible`)
  return items.length > 0 ? items[0] : new Undefined('No last item, sequence was empty.')
}

/** The items from the last one, or nothing for what only goes forwards. */
function backwards({ budget }: FilterContext, value: Value): Value[] | undefined {
  const text = value instanceof Markup ? characters(value.html) : undefined
  // Read from the end, marked-up text is read place by place, and each of its characters is marked up.
  if (text) return text.reverse().map((character) => new Markup(character))
  if (value instanceof Lazy || (value instanceof Host && !value.behaviour.items)) return undefined
  return sizeOf(value) === undefined ? undefined : listOf(value, budget).reverse()
}

function random({ budget }: FilterContext, value: Value): Value {
  const length = size(value)
  if (length === 0) return new Undefined('No random item, sequence was empty.')
  if (value instanceof DictView || isDict(value)) {
    throw new TemplateError(`random takes a list, not ${kindOf(value)}`)
  }
  return listOf(value, budget)[Math.floor(Math.random() * length)]
}

function reverse(context: FilterContext, value: Value): Value {
  const text = textOf(value)
  if (text !== undefined) {
    const turned = characters(text).reverse().join('')
    return value instanceof Markup ? new Markup(turned) : turned
  }
  const items = backwards(context, value)
  if (!items) return listOf(value, context.budget).reverse()
  const kind = reversedKind(value)
  return new Lazy(items.values(), kind)
}

/** What Python calls the list read backwards. */
function reversedKind(value: Value): string {
  if (Array.isArray(value)) return 'list_reverseiterator'
  if (isDict(value)) return 'dict_reversekeyiterator'
  if (value instanceof DictView) return `dict_reverse${value.of.replace(/s$/, '')}iterator`
  return value instanceof Range ? 'range_iterator' : 'reversed'
}

function join(context: FilterContext, value: Value, separator: Value = '', attribute: Value = null): Value {
  const { autoescape, budget } = context
  const steps = attribute === null ? [] : pathSteps(attribute, budget)
  const items = listOf(value, budget).map((item) => (steps.length > 0 ? atPath(context, item, steps) : item))
  const marked = autoescape && (separator instanceof Markup || items.some((item) => item instanceof Markup))
  const write = marked ? htmlOf : str
  const between = write(separator, budget)
  let whole = ''
  items.forEach((item, index) => {
    whole += (index > 0 ? between : '') + write(item, budget)
    budget.checkLength(whole.length)
  })
  return marked ? new Markup(whole) : whole
}

function sum(context: FilterContext, value: Value, attribute: Value = null, start: Value = 0): Value {
  if (textOf(start) !== undefined) throw new TemplateError("sum() can't sum strings; use join instead")
  const steps = attribute === null ? [] : pathSteps(attribute, context.budget)
  let total = start
  for (const item of iterate(value)) {
    context.budget.spend(1)
    total = add(total, steps.length > 0 ? atPath(context, item, steps) : item, context.budget)
  }
  return total
}

function batch({ budget }: FilterContext, value: Value, count: Value, fill: Value = null): Value {
  function* batches(): IterableIterator<Value> {
    let row: Value[] = []
    for (const item of iterate(value)) {
      budget.spend(1)
      // As Python compares: a count that no row reaches leaves all in one.
      if (row.length === count) {
        yield row
        row = []
      }
      row.push(item)
    }
    if (row.length === 0) return
    if (fill !== null && row.length < whole(count)) {
      budget.spend(whole(count) - row.length)
      while (row.length < whole(count)) row.push(fill)
    }
    yield row
  }
  return new Lazy(batches())
}

function slices({ budget }: FilterContext, value: Value, count: Value, fill: Value = null): Value {
  function* parts(): IterableIterator<Value> {
    const items = listOf(value, budget)
    const columns = whole(count)
    if (columns === 0) throw new TemplateError('slice needs at least one slice')
    const each = Math.floor(items.length / columns)
    const longer = items.length - each * columns
    let start = 0
    for (let column = 0; column < columns; column++) {
      budget.spend(1)
      const end = start + each + (column < longer ? 1 : 0)
      const part = items.slice(start, end)
      if (fill !== null && column >= longer) part.push(fill)
      start = end
      yield part
    }
  }
  return new Lazy(parts())
}
