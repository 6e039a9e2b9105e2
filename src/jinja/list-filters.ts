import { bounded, limits } from './limits.js'
import { member } from './methods.js'
import { equal, order } from './operators.js'
import { TemplateError } from './template-error.js'
import { dict, escapeHtml, type HostFunction, isDict, Markup, print, stringOf, truthy } from './values.js'

/** The filters on lists and mappings. */
export const listFilters: readonly (readonly [string, string, HostFunction['call']])[] = [
  ['batch', 'value linecount fill_with', batch],
  ['dictsort', 'value case_sensitive by', dictsort],
  ['first', 'seq', (value) => listOf(value)[0]],
  ['groupby', 'value attribute', groupby],
  ['items', 'value', (value) => (isDict(value) ? Object.entries(value) : [])],
  ['join', 'value d attribute', join],
  ['last', 'seq', (value) => listOf(value).at(-1)],
  ['length', 'object', (value) => stringOf(value)?.length ?? listOf(value).length],
  ['count', 'object', (value) => stringOf(value)?.length ?? listOf(value).length],
  ['list', 'value', (value) => [...listOf(value)]],
  ['map', 'value attribute', (value, attribute) => listOf(value).map((item) => path(item, attribute))],
  ['reject', 'value', (value) => listOf(value).filter((item) => !truthy(item))],
  [
    'rejectattr',
    'value attribute',
    (value, attribute) => listOf(value).filter((item) => !truthy(path(item, attribute))),
  ],
  ['reverse', 'value', reverse],
  ['select', 'value', (value) => listOf(value).filter(truthy)],
  ['selectattr', 'value attribute test than', selectattr],
  ['slice', 'value slices fill_with', slice],
  ['sort', 'value reverse case_sensitive attribute', sort],
  ['sum', 'iterable attribute start', sum],
  ['unique', 'value', (value) => [...new Set(listOf(value).map((item) => stringOf(item) ?? item))]],
]

/** What a loop goes through: a list's items, a mapping's keys, a text's characters, nothing of nothing. */
export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (value === undefined || value === null) return []
  const text = stringOf(value)
  if (text !== undefined) {
    if (text.length > limits.steps)
      throw new TemplateError(`text of ${text.length} characters is too long for a list`)
    return [...text]
  }
  if (isDict(value)) return Object.keys(value)
  throw new TemplateError(`${print(value)} is not a list`)
}

/** The value at the end of a path: `attribute='properties.name'`, or `attribute=0`. */
function path(value: unknown, attribute: unknown): unknown {
  if (attribute === undefined) return value
  if (typeof attribute === 'number') return member(value, attribute)
  return print(attribute)
    .split('.')
    .reduce((found, part) => {
      const next = member(found, /^\d+$/.test(part) && Array.isArray(found) ? Number(part) : part)
      return isData(next) ? next : undefined
    }, value)
}

/** Methods are not data: an attribute path does not find them. */
function isData(value: unknown): boolean {
  return (
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    isDict(value) ||
    value instanceof Markup
  )
}

function join(value: unknown, separator: unknown, attribute: unknown): unknown {
  const parts = listOf(value).map((item) => path(item, attribute))
  const marked = separator instanceof Markup || parts.some((part) => part instanceof Markup)
  if (!marked) return bounded(parts.map(print).join(print(separator)))
  const html = (part: unknown) => (part instanceof Markup ? part.html : escapeHtml(print(part)))
  return new Markup(bounded(parts.map(html).join(html(separator))))
}

function batch(value: unknown, size: unknown, fill: unknown): unknown[][] {
  const count = positive(size, 'batch')
  const items = listOf(value)
  const rows: unknown[][] = []
  for (let at = 0; at < items.length; at += count) rows.push(items.slice(at, at + count))
  const last = rows.at(-1)
  if (fill !== undefined) while (last && last.length < count) last.push(fill)
  return rows
}

function slice(value: unknown, slices: unknown, fill: unknown): unknown[][] {
  const count = positive(slices, 'slice')
  const items = listOf(value)
  const each = Math.floor(items.length / count)
  const longer = items.length % count
  return Array.from({ length: count }, (_, index) => {
    const start = index * each + Math.min(index, longer)
    const part = items.slice(start, start + each + (index < longer ? 1 : 0))
    return fill !== undefined && longer > 0 && index >= longer ? [...part, fill] : part
  })
}

function dictsort(value: unknown, caseSensitive: unknown, by: unknown): unknown[] {
  if (!isDict(value)) throw new TemplateError('dictsort needs a mapping')
  const place = by === 'value' ? 1 : 0
  return Object.entries(value).sort((a, b) => inOrder(a[place], b[place], truthy(caseSensitive)))
}

function groupby(value: unknown, attribute: unknown): unknown[] {
  const groups = new Map<unknown, unknown[]>()
  for (const item of listOf(value)) {
    const key = path(item, attribute)
    const name = stringOf(key) ?? key
    const group = groups.get(name)
    if (group) group.push(item)
    else groups.set(name, [item])
  }
  return [...groups]
    .sort(([a], [b]) => inOrder(a, b, true))
    .map(([grouper, list]) =>
      dict([
        ['grouper', grouper],
        ['list', list],
        ['0', grouper],
        ['1', list],
      ]),
    )
}

function reverse(value: unknown): unknown {
  const text = stringOf(value)
  return text === undefined ? [...listOf(value)].reverse() : [...text].reverse().join('')
}

function selectattr(value: unknown, attribute: unknown, test: unknown, than: unknown): unknown[] {
  return listOf(value).filter((item) => {
    const found = path(item, attribute)
    if (test === undefined) return truthy(found)
    if (test === 'defined') return found !== undefined
    if (test === 'eq' || test === 'equalto' || test === '==') return equal(found, than)
    if (test === 'ne' || test === '!=') return !equal(found, than)
    throw new TemplateError(
      `selectattr knows the tests defined, eq and ne, not ${JSON.stringify(print(test).slice(0, 40))}`,
    )
  })
}

function sort(value: unknown, reversed: unknown, caseSensitive: unknown, attribute: unknown): unknown[] {
  const sorted = [...listOf(value)].sort((a, b) =>
    inOrder(path(a, attribute), path(b, attribute), truthy(caseSensitive)),
  )
  return truthy(reversed) ? sorted.reverse() : sorted
}

function sum(value: unknown, attribute: unknown, start: unknown): number {
  let total = typeof start === 'number' ? start : 0
  for (const item of listOf(value)) {
    const found = path(item, attribute)
    if (typeof found === 'number') total += found
  }
  return total
}

function inOrder(a: unknown, b: unknown, caseSensitive: boolean): number {
  const folded = [a, b].map((each) => (caseSensitive ? each : (stringOf(each)?.toLowerCase() ?? each)))
  return order(folded[0], folded[1]) || 0
}

function positive(value: unknown, filter: string): number {
  if (typeof value === 'number' && value >= 1 && value <= limits.range) return Math.trunc(value)
  throw new TemplateError(`${filter} needs a count from 1 to ${limits.range}`)
}
