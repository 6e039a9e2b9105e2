import { type Filter, type FilterContext, filter, freeFilter } from '../filters/filter.js'
import { stripTags, unescapeHtml } from '../filters/strip-tags.js'
import { TemplateError } from '../template-error.js'
import { characterCount, characterPlace, characterSlice } from '../values/characters.js'
import { dictGet } from '../values/dict.js'
import { escapeHtml, htmlOf } from '../values/escape.js'
import { iterate } from '../values/iterate.js'
import { kindOf } from '../values/kind.js'
import { isDict } from '../values/mapping.js'
import { isSpace, lines, stripBy } from '../values/space.js'
import { strFormat } from '../values/str-format.js'
import { truthy } from '../values/truth.js'
import { Bytes, Markup, Tuple, textOf, type Value } from '../values/values.js'
import { method, methodTable, optionalText, text, whole } from './call.js'
import { capitalize, casefold, letterTests, swapcase, title } from './letters.js'
import { expandTabs, padded, replaceText } from './replacing.js'
import { partition, rsplit, split } from './splitting.js'

function textIn(value: Value): string {
  return textOf(value) ?? ''
}

/** The methods whose answer is no text, or is text whatever they are called on. */
const plainMethods = methodTable(textIn, {
  ...Object.fromEntries(
    Object.entries(letterTests).map(([name, test]) => [name, method('', (self: string) => test(self))]),
  ),
  startswith: method(':prefix :start? :end?', (self, _context, prefix, start, end) =>
    affixes(prefix).some((each) => within(self, start, end)?.startsWith(each) ?? false),
  ),
  endswith: method(':suffix :start? :end?', (self, _context, suffix, start, end) =>
    affixes(suffix).some((each) => within(self, start, end)?.endsWith(each) ?? false),
  ),
  find: method(':part :start? :end?', (self, _context, part, start, end) =>
    place(self, part, start, end, false),
  ),
  rfind: method(':part :start? :end?', (self, _context, part, start, end) =>
    place(self, part, start, end, true),
  ),
  index: method(':part :start? :end?', (self, _context, part, start, end) =>
    found(place(self, part, start, end, false)),
  ),
  rindex: method(':part :start? :end?', (self, _context, part, start, end) =>
    found(place(self, part, start, end, true)),
  ),
  count: method(':part :start? :end?', (self, _context, part, start, end) => {
    const searched = text(part)
    const range = within(self, start, end)
    if (range === undefined) return 0
    return searched === '' ? characterCount(range) + 1 : range.split(searched).length - 1
  }),
  encode: method('encoding? errors?', (self, _context, encoding = 'utf-8', errors = 'strict') => {
    const name = text(encoding).toLowerCase().replaceAll('_', '-')
    const strict = text(errors) === 'strict'
    if (['utf-8', 'utf8'].includes(name)) return new Bytes(new TextEncoder().encode(self))
    if (!['ascii', 'us-ascii', 'latin-1', 'iso-8859-1'].includes(name)) {
      throw new TemplateError('text is encoded as utf-8, ascii or latin-1')
    }
    const last = name.includes('ascii') ? 0x7f : 0xff
    const codes = Array.from(self, (character) => character.codePointAt(0) ?? 0)
    if (strict && codes.some((code) => code > last))
      throw new TemplateError(`the text does not fit into ${name}`)
    return new Bytes(Uint8Array.from(codes.filter((code) => code <= last)))
  }),
  casefold: method('', (self) => casefold(self)),
  removeprefix: method(':prefix', (self, _context, prefix) =>
    self.startsWith(text(prefix)) ? self.slice(text(prefix).length) : self,
  ),
  removesuffix: method(':suffix', (self, _context, suffix) =>
    text(suffix) !== '' && self.endsWith(text(suffix)) ? self.slice(0, -text(suffix).length) : self,
  ),
})

/** The methods that give marked-up text where they are called on it; their text arguments are escaped then. */
const markedMethods = methodTable(textIn, {
  capitalize: method('', capitalize),
  lower: method('', (self) => self.toLowerCase()),
  upper: method('', (self) => self.toUpperCase()),
  title: method('', title),
  swapcase: method('', swapcase),
  strip: method(':characters?', (self, _context, characters) => stripped(self, characters, 'both')),
  lstrip: method(':characters?', (self, _context, characters) => stripped(self, characters, 'start')),
  rstrip: method(':characters?', (self, _context, characters) => stripped(self, characters, 'end')),
  replace: method(':old :new :count?', (self, { budget }, old, by, count) =>
    replaceText(self, text(old), text(by), whole(count, -1), budget),
  ),
  center: method(':width :fill?', (self, { budget }, width, fill) =>
    padded(self, whole(width), filler(fill), 'center', budget),
  ),
  ljust: method(':width :fill?', (self, { budget }, width, fill) =>
    padded(self, whole(width), filler(fill), 'left', budget),
  ),
  rjust: method(':width :fill?', (self, { budget }, width, fill) =>
    padded(self, whole(width), filler(fill), 'right', budget),
  ),
  zfill: method(':width', (self, { budget }, width) => {
    const sign = /^[+-]/.exec(self)?.[0] ?? ''
    return sign + padded(self.slice(sign.length), whole(width) - sign.length, '0', 'right', budget)
  }),
  expandtabs: method('tabsize?', (self, { budget }, size) => expandTabs(self, whole(size, 8), budget)),
  split: method('sep? maxsplit?', (self, { budget }, separator, most) =>
    counted(split(self, optionalText(separator), whole(most, -1)), budget),
  ),
  rsplit: method('sep? maxsplit?', (self, { budget }, separator, most) =>
    counted(rsplit(self, optionalText(separator), whole(most, -1)), budget),
  ),
  splitlines: method('keepends?', (self, { budget }, keep = false) =>
    counted(lines(self, truthy(keep)), budget),
  ),
  partition: method(
    ':separator',
    (self, _context, separator) => new Tuple(partition(self, text(separator), false)),
  ),
  rpartition: method(
    ':separator',
    (self, _context, separator) => new Tuple(partition(self, text(separator), true)),
  ),
})

/** Python's `str.format` and `str.join`, which escape what they put into marked-up text. */
const formatMethods: readonly (readonly [string, Filter])[] = [
  [
    'format',
    freeFilter(({ budget }, self, placed, named) => {
      const given = { placed, named: (name: string) => named.get(name) }
      return marked(self, strFormat(textIn(self), given, self instanceof Markup, budget))
    }),
  ],
  [
    'format_map',
    filter(':mapping', ({ budget }, self, mapping) => {
      if (!isDict(mapping)) throw new TemplateError('format_map takes a mapping')
      const given = { placed: [], named: (name: string) => dictGet(mapping, name) }
      return marked(self, strFormat(textIn(self), given, self instanceof Markup, budget))
    }),
  ],
  ['join', filter(':items', joined)],
]

function joined({ budget }: FilterContext, self: Value, items: Value): Value {
  const separator = textOf(self) ?? ''
  const markup = self instanceof Markup
  let whole = ''
  let count = 0
  for (const item of iterate(items)) {
    budget.spend(1)
    if (!markup && textOf(item) === undefined) {
      throw new TemplateError(`sequence item ${count}: expected str instance, ${kindOf(item)} found`)
    }
    whole += (count++ > 0 ? separator : '') + (markup ? htmlOf(item, budget) : (textOf(item) ?? ''))
    budget.checkLength(whole.length)
  }
  return marked(self, whole)
}

/** What may be called on text: Python's methods of str, and those of Markup. */
export const textMethods: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ...plainMethods,
  ...Array.from(markedMethods, ([name, filter]): [string, Filter] => [name, keepingMarkup(filter)]),
  ...formatMethods,
])

/** What may be called on marked-up text alone. */
export const markupMethods: ReadonlyMap<string, Filter> = methodTable(textIn, {
  striptags: method('', (self) => stripTags(self)),
  unescape: method('', (self) => unescapeHtml(self)),
})

/** The filter, with text arguments escaped and the result marked up where it is called on marked-up text. */
function keepingMarkup(filter: Filter): Filter {
  if (filter.parameters === '*') return filter
  const { parameters, call } = filter
  return {
    parameters,
    call: (context, self, ...args) => {
      if (!(self instanceof Markup)) return call(context, self, ...args)
      const escaped = args.map((arg) => (typeof arg === 'string' ? escapeHtml(arg) : arg))
      return marked(self, call(context, self, ...escaped))
    },
  }
}

function marked(self: Value, result: Value): Value {
  if (!(self instanceof Markup)) return result
  if (typeof result === 'string') return new Markup(result)
  if (Array.isArray(result)) return result.map((item) => marked(self, item))
  return result instanceof Tuple ? new Tuple(result.items.map((item) => marked(self, item))) : result
}

function stripped(self: string, characters: Value, where: 'start' | 'end' | 'both'): string {
  const chosen = optionalText(characters)
  if (chosen === undefined) return stripBy(self, isSpace, where)
  const set = new Set(chosen)
  return stripBy(self, (character) => set.has(character), where)
}

function filler(fill: Value): string {
  const found = fill === undefined ? ' ' : text(fill)
  if (characterCount(found) === 1) return found
  throw new TemplateError('The fill character must be exactly one character long')
}

function affixes(value: Value): readonly string[] {
  return value instanceof Tuple ? value.items.map(text) : [text(value)]
}

/** The part of the text in which is looked, or nothing where it starts behind the end. */
function within(self: string, start: Value, end: Value): string | undefined {
  if ((start === undefined || start === null) && (end === undefined || end === null)) return self
  const length = characterCount(self)
  const { from, to } = bounds(length, start, end)
  return from > length || from > to ? undefined : characterSlice(self, from, to)
}

function bounds(length: number, start: Value, end: Value) {
  const counted = (value: Value, fallback: number) => {
    if (value === undefined || value === null) return fallback
    const number = whole(value)
    return number < 0 ? Math.max(0, number + length) : number
  }
  return { from: counted(start, 0), to: Math.min(length, counted(end, length)) }
}

function place(self: string, part: Value, start: Value, end: Value, last: boolean): number {
  const searched = text(part)
  const range = within(self, start, end)
  if (range === undefined) return -1
  const at = last ? range.lastIndexOf(searched) : range.indexOf(searched)
  const { from } = bounds(characterCount(self), start, end)
  return at < 0 ? -1 : from + characterPlace(range, at)
}

function found(at: number): number {
  if (at < 0) throw new TemplateError('substring not found')
  return at
}

function counted(pieces: string[], budget: FilterContext['budget']): string[] {
  budget.spend(pieces.length)
  return pieces
}
