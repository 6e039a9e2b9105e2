import { bounded } from './limits.js'
import { listFilters } from './list-filters.js'
import { equal } from './operators.js'
import { capitalize, repeat, replaceText, stripTags, title } from './text-tools.js'
import { escapeHtml, type HostFunction, isDict, Markup, print, stringOf, truthy } from './values.js'

/** A filter or a test: the value comes first among the parameters. */
type Entry = readonly [name: string, parameters: string, call: HostFunction['call']]

/** Markup stays markup where the change cannot add any. */
function textFilter(change: (text: string, ...args: unknown[]) => string): HostFunction['call'] {
  return (value, ...args) => {
    const changed = bounded(change(print(value), ...args))
    return value instanceof Markup ? new Markup(changed) : changed
  }
}

const entries: readonly Entry[] = [
  ['capitalize', 's', textFilter(capitalize)],
  ['center', 's width', textFilter((text, width) => center(text, toNumber(width, 80)))],
  ['default', 'value default_value boolean', withDefault],
  ['d', 'value default_value boolean', withDefault],
  ['dump', 'value indent', toJson],
  ['tojson', 'value indent', toJson],
  ['e', 's', (value) => (value instanceof Markup ? value : new Markup(escapeHtml(print(value))))],
  ['escape', 's', (value) => (value instanceof Markup ? value : new Markup(escapeHtml(print(value))))],
  ['float', 'value default', (value, fallback) => parsed(Number.parseFloat(print(value)), fallback ?? 0)],
  ['forceescape', 'value', (value) => new Markup(escapeHtml(print(value)))],
  [
    'indent',
    's width first',
    textFilter((text, width, first) => indent(text, toNumber(width, 4), truthy(first))),
  ],
  [
    'int',
    'value default base',
    (value, fallback, base) => parsed(Number.parseInt(print(value), toNumber(base, 10)), fallback ?? 0),
  ],
  ['lower', 's', textFilter((text) => text.toLowerCase())],
  ['nl2br', 's', (value) => new Markup(bounded(markup(value).replace(/\r\n|\r|\n/g, '<br />\n')))],
  ['abs', 'x', (value) => Math.abs(toNumber(value, 0))],
  ['replace', 's old new count', replace],
  ['round', 'value precision method', round],
  ['safe', 'value', (value) => (value instanceof Markup ? value : new Markup(print(value)))],
  ['string', 'object', (value) => (value instanceof Markup ? value : print(value))],
  ['striptags', 'value preserve_linebreaks', (value, lines) => stripTags(print(value), truthy(lines))],
  ['title', 's', textFilter(title)],
  ['trim', 'value', textFilter((text) => text.trim())],
  [
    'truncate',
    's length killwords end',
    (value, length, kill, end) => truncate(print(value), toNumber(length, 255), truthy(kill), end),
  ],
  ['upper', 's', textFilter((text) => text.toUpperCase())],
  ['urlencode', 'value', urlencode],
  ['wordcount', 's', (value) => print(value).split(/\s+/).filter(Boolean).length],
  ...listFilters,
]

/** All filters by name. A Map: `x|constructor` finds nothing. */
export const filters: ReadonlyMap<string, HostFunction> = new Map(
  entries.map(([name, parameters, call]) => [name, { parameters: parameters.split(' '), call }]),
)

/** Filters that are there to deal with what is undefined. */
export const forUndefined: ReadonlySet<string> = new Set(['default', 'd'])

const testEntries: readonly Entry[] = [
  ['boolean', 'value', (value) => typeof value === 'boolean'],
  ['defined', 'value', (value) => value !== undefined],
  ['undefined', 'value', (value) => value === undefined],
  ['none', 'value', (value) => value === null],
  ['null', 'value', (value) => value === null],
  ['number', 'value', (value) => typeof value === 'number'],
  ['string', 'value', (value) => stringOf(value) !== undefined],
  ['mapping', 'value', isDict],
  ['sequence', 'value', (value) => Array.isArray(value) || stringOf(value) !== undefined],
  ['iterable', 'value', (value) => Array.isArray(value) || stringOf(value) !== undefined || isDict(value)],
  ['escaped', 'value', (value) => value instanceof Markup],
  ['even', 'value', (value) => typeof value === 'number' && value % 2 === 0],
  ['odd', 'value', (value) => typeof value === 'number' && Math.abs(value % 2) === 1],
  ['divisibleby', 'value num', (value, by) => toNumber(value, Number.NaN) % toNumber(by, Number.NaN) === 0],
  ['eq', 'a b', equal],
  ['equalto', 'a b', equal],
  ['sameas', 'a b', (left, right) => left === right],
  ['ne', 'a b', (left, right) => !equal(left, right)],
  ['lower', 'value', (value) => print(value) === print(value).toLowerCase()],
  ['upper', 'value', (value) => print(value) === print(value).toUpperCase()],
  ['truthy', 'value', truthy],
  ['falsy', 'value', (value) => !truthy(value)],
  ['true', 'value', (value) => value === true],
  ['false', 'value', (value) => value === false],
]

/** All tests by name: what stands after `is`. */
export const tests: ReadonlyMap<string, HostFunction> = new Map(
  testEntries.map(([name, parameters, call]) => [name, { parameters: parameters.split(' '), call }]),
)

function withDefault(value: unknown, fallback: unknown = '', boolean?: unknown): unknown {
  return value === undefined || (truthy(boolean) && !truthy(value)) ? fallback : value
}

function markup(value: unknown): string {
  return value instanceof Markup ? value.html : escapeHtml(print(value))
}

function replace(value: unknown, old: unknown, by: unknown, count: unknown): unknown {
  const times = typeof count === 'number' ? count : -1
  if (value instanceof Markup) return new Markup(replaceText(value.html, print(old), markup(by), times))
  return replaceText(print(value), print(old), print(by), times)
}

function center(text: string, width: number): string {
  const gap = Math.max(0, width - text.length)
  return repeat(' ', Math.floor(gap / 2)) + text + repeat(' ', Math.ceil(gap / 2))
}

function indent(text: string, width: number, first: boolean): string {
  const margin = repeat(' ', width)
  const lines = text.split('\n')
  repeat(margin, lines.length)
  return (first ? margin : '') + lines.join(`\n${margin}`)
}

function truncate(text: string, length: number, killWords: boolean, end: unknown): string {
  if (text.length <= length) return text
  const space = killWords ? -1 : text.lastIndexOf(' ', length)
  return text.slice(0, Math.max(0, space < 0 ? length : space)) + (end === undefined ? '...' : print(end))
}

function round(value: unknown, precision: unknown, method: unknown): number {
  const factor = 10 ** toNumber(precision, 0)
  const scaled = toNumber(value, 0) * factor
  const rounded =
    method === 'ceil' ? Math.ceil(scaled) : method === 'floor' ? Math.floor(scaled) : Math.round(scaled)
  return rounded / factor
}

function urlencode(value: unknown): string {
  const pairs = isDict(value) ? Object.entries(value) : Array.isArray(value) ? value : undefined
  if (!pairs) return encode(value)
  return pairs.map((pair) => (Array.isArray(pair) ? pair.map(encode).join('=') : encode(pair))).join('&')
}

function encode(value: unknown): string {
  // A lone surrogate has no UTF-8 and would throw.
  return encodeURIComponent(print(value).replace(/\p{Surrogate}/gu, '\uFFFD'))
}

/** JSON that stands safely in HTML, inside scripts and attributes too. */
function toJson(value: unknown): Markup {
  const json = stringify(value)
  return new Markup(json.replace(/[<>&']/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`))
}

function stringify(value: unknown): string {
  const text = stringOf(value)
  if (text !== undefined) return JSON.stringify(text)
  if (typeof value === 'number' || typeof value === 'boolean') return JSON.stringify(value)
  if (Array.isArray(value)) return bounded(`[${value.map(stringify).join(', ')}]`)
  if (!isDict(value)) return 'null'
  const members = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${stringify(item)}`)
  return bounded(`{${members.join(', ')}}`)
}

function toNumber(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : fallback
}

function parsed(number: number, fallback: unknown): unknown {
  return Number.isNaN(number) ? fallback : number
}
