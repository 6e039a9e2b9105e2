import { TemplateError } from '../template-error.js'
import { dictEntries } from '../values/dict.js'
import { escapeHtml, htmlOf } from '../values/escape.js'
import { itemsOf, iterate } from '../values/iterate.js'
import { kindOf } from '../values/kind.js'
import { isDict } from '../values/mapping.js'
import { attribute } from '../values/member.js'
import { quote, str } from '../values/print.js'
import { truthy } from '../values/truth.js'
import { Bytes, Lazy, Markup, Tuple, textOf, Undefined, type Value } from '../values/values.js'
import { text } from './arguments.js'
import { type Filter, type FilterContext, filter } from './filter.js'
import { toJson } from './json.js'
import { prettyPrint } from './pretty-print.js'

/** The filters on mappings and values of any kind, by name. */
export const dataFilters: readonly (readonly [string, Filter])[] = [
  ['default', filter('default_value? boolean?', withDefault)],
  ['d', filter('default_value? boolean?', withDefault)],
  ['attr', filter('name', attr)],
  ['items', filter('', items)],
  ['tojson', filter('indent?', toJson)],
  ['pprint', filter('', ({ budget }, value) => prettyPrint(value, budget))],
  ['urlencode', filter('', urlencode)],
  ['xmlattr', filter('autospace?', xmlattr)],
]

function withDefault(_context: FilterContext, value: Value, fallback: Value = '', all: Value = false): Value {
  return value instanceof Undefined || (truthy(all) && !truthy(value)) ? fallback : value
}

/** What `value.name` means, without looking at items. */
function attr(context: FilterContext, value: Value, name: Value): Value {
  const wanted = text(name)
  if (!isDict(value)) return attribute(context, value, wanted)
  const found = attribute(context, value, wanted)
  const missing = new Undefined(`'dict object' has no attribute ${quote(wanted.slice(0, 80))}`)
  return dictEntries(value).some(([key, item]) => textOf(key) === wanted && item === found) ? missing : found
}

function items({ budget }: FilterContext, value: Value): Value {
  function* pairs(): IterableIterator<Value> {
    if (value instanceof Undefined) return
    if (!isDict(value)) throw new TemplateError('items takes a mapping')
    for (const entry of dictEntries(value)) {
      budget.spend(1)
      yield new Tuple([...entry])
    }
  }
  return new Lazy(pairs())
}

function urlencode({ budget }: FilterContext, value: Value): string {
  const pairs = isDict(value)
    ? dictEntries(value)
    : textOf(value) === undefined && !(value instanceof Bytes)
      ? itemsOf(value)
      : undefined
  if (!pairs) return quoteUrl(value instanceof Bytes ? value.bytes : str(value, budget), true)
  const parts: string[] = []
  for (const pair of pairs) {
    const [key, item, ...more] = [...iterate(pair)]
    if (key === undefined || item === undefined || more.length > 0) {
      throw new TemplateError('urlencode takes text, a mapping, or pairs of a key and a value')
    }
    budget.spend(1)
    const [name, content] = [key, item].map((each) =>
      quoteUrl(each instanceof Bytes ? each.bytes : str(each, budget), false).replaceAll('%20', '+'),
    )
    parts.push(`${name}=${content}`)
  }
  return parts.join('&')
}

/** The text as part of a URL (RFC 3986, section 2.3): what is not unreserved becomes percent signs. */
function quoteUrl(value: string | Uint8Array, slash: boolean): string {
  const bytes = typeof value === 'string' ? utf8(value) : value
  let whole = ''
  for (const byte of bytes) {
    const character = String.fromCharCode(byte)
    const plain = /[\w.~-]/.test(character) || (slash && character === '/')
    whole += plain ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return whole
}

function utf8(value: string): Uint8Array {
  if (/\p{Surrogate}/u.test(value)) throw new TemplateError('text with half a surrogate pair has no UTF-8')
  return new TextEncoder().encode(value)
}

/** A mapping as attributes of a tag. What is None or undefined is left out. */
function xmlattr({ autoescape, budget }: FilterContext, value: Value, autospace: Value = true): Value {
  if (!isDict(value)) {
    throw new TemplateError(
      value instanceof Undefined ? value.message : `xmlattr takes a mapping, not ${kindOf(value)}`,
    )
  }
  const parts: string[] = []
  for (const [key, item] of dictEntries(value)) {
    budget.spend(1)
    if (item === null || item instanceof Undefined) continue
    const name = text(key)
    // A name with one of these in it would end the attribute, or the tag.
    if (/[\s/>=]/.test(name))
      throw new TemplateError(`Invalid character in attribute name: ${quote(name.slice(0, 80))}`)
    parts.push(`${key instanceof Markup ? name : escapeHtml(name)}="${htmlOf(item, budget)}"`)
  }
  const joined = parts.join(' ')
  budget.checkLength(joined.length)
  const spaced = truthy(autospace) && joined !== '' ? ` ${joined}` : joined
  return autoescape ? new Markup(spaced) : spaced
}
