import { capitalize } from '../methods/letters.js'
import { padded, replaceText } from '../methods/replacing.js'
import { TemplateError } from '../template-error.js'
import { characterCount, characterSlice } from '../values/characters.js'
import { makeDict } from '../values/dict.js'
import { escapeHtml, htmlOf } from '../values/escape.js'
import { sizeOf } from '../values/iterate.js'
import { kindOf } from '../values/kind.js'
import { add, modulo } from '../values/operators.js'
import { str } from '../values/print.js'
import { slice } from '../values/slice.js'
import { isSpace, lines, stripBy } from '../values/space.js'
import { truthy } from '../values/truth.js'
import { Markup, Tuple, textOf, Undefined, type Value } from '../values/values.js'
import { optionalText, optionalWhole, text, whole } from './arguments.js'
import { type Filter, type FilterContext, filter, freeFilter } from './filter.js'
import { stripTags } from './strip-tags.js'
import { titleWords } from './title.js'
import { urlize } from './urlize.js'
import { wrap } from './word-wrap.js'

/** A change of text: marked-up text stays so, and what is no text is printed first. */
function change(change: (text: string) => string): Filter {
  return filter('', ({ budget }, value) => {
    const changed = change(str(value, budget))
    budget.checkLength(changed.length)
    return value instanceof Markup ? new Markup(changed) : changed
  })
}

/** The filters on text, by name. */
export const textFilters: readonly (readonly [string, Filter])[] = [
  ['capitalize', change(capitalize)],
  ['lower', change((text) => text.toLowerCase())],
  ['upper', change((text) => text.toUpperCase())],
  ['title', filter('', ({ budget }, value) => titleWords(str(value, budget)))],
  ['trim', filter('chars?', trim)],
  ['center', filter('width?', center)],
  ['replace', filter('old new count?', replace)],
  ['format', freeFilter(format)],
  ['indent', filter('width? first? blank?', indent)],
  ['truncate', filter('length? killwords? end? leeway?', truncate)],
  ['wordwrap', filter('width? break_long_words? wrapstring? break_on_hyphens?', wordwrap)],
  ['wordcount', filter('', ({ budget }, value) => str(value, budget).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0)],
  ['striptags', filter('', ({ budget }, value) => stripTags(str(value, budget)))],
  ['urlize', filter('trim_url_limit? nofollow? target? rel? extra_schemes?', urlize)],
  ['escape', filter('', escaped)],
  ['e', filter('', escaped)],
  ['forceescape', filter('', ({ budget }, value) => new Markup(escapeHtml(str(value, budget))))],
  ['safe', filter('', ({ budget }, value) => new Markup(str(value, budget)))],
  ['string', filter('', ({ budget }, value) => (value instanceof Markup ? value : str(value, budget)))],
]

function escaped({ budget }: FilterContext, value: Value): Value {
  return new Markup(htmlOf(value, budget))
}

function trim({ budget }: FilterContext, value: Value, chars: Value): Value {
  const chosen = optionalText(chars)
  const set = new Set(value instanceof Markup && typeof chars === 'string' ? escapeHtml(chars) : chosen)
  const strips = chosen === undefined ? isSpace : (character: string) => set.has(character)
  const stripped = stripBy(str(value, budget), strips, 'both')
  return value instanceof Markup ? new Markup(stripped) : stripped
}

function center({ budget }: FilterContext, value: Value, width: Value): Value {
  const centered = padded(str(value, budget), whole(width, 80), ' ', 'center', budget)
  return value instanceof Markup ? new Markup(centered) : centered
}

function replace({ autoescape, budget }: FilterContext, value: Value, old: Value, by: Value, count: Value) {
  const times = optionalWhole(count) ?? -1
  const marked = autoescape && (value instanceof Markup || old instanceof Markup || by instanceof Markup)
  if (!marked) return replaceText(str(value, budget), str(old, budget), str(by, budget), times, budget)
  const html = replaceText(htmlOf(value, budget), htmlOf(old, budget), htmlOf(by, budget), times, budget)
  return new Markup(html)
}

function format(
  { budget }: FilterContext,
  value: Value,
  placed: readonly Value[],
  named: ReadonlyMap<string, Value>,
) {
  if (placed.length > 0 && named.size > 0) {
    throw new TemplateError('format takes arguments by place or by name, not both')
  }
  const format = value instanceof Markup ? value : str(value, budget)
  return modulo(format, named.size > 0 ? makeDict(named) : new Tuple(placed), budget)
}

/** The lines with a margin before each but the first, unless asked for; before empty ones too only with `blank`. */
function indent(
  { budget }: FilterContext,
  value: Value,
  width: Value = 4,
  first: Value = false,
  blank: Value = false,
) {
  const source = textOf(value)
  if (source === undefined) {
    throw new TemplateError(
      value instanceof Undefined ? value.message : `indent takes text, not ${kindOf(value)}`,
    )
  }
  const given = textOf(width)
  const size = given === undefined ? Math.max(0, whole(width)) : 0
  budget.checkLength(size)
  const raw = given ?? ' '.repeat(size)
  const margin = typeof width === 'string' && value instanceof Markup ? raw : raw
  const [head = '', ...rest] = lines(`${source}\n`)
  budget.checkLength(source.length + margin.length * (rest.length + 1))
  const indented = rest.map((line) => (line !== '' || truthy(blank) ? margin + line : line))
  const whole_ = (truthy(first) ? margin : '') + [head, ...indented].join('\n')
  return value instanceof Markup ? new Markup(whole_) : whole_
}

function truncate(
  { budget }: FilterContext,
  value: Value,
  length: Value = 255,
  killwords: Value = false,
  end: Value = '...',
  leeway: Value = null,
): Value {
  const most = whole(length)
  const slack = optionalWhole(leeway) ?? 5
  const mark = text(end)
  const markSize = characterCount(mark)
  if (most < markSize) throw new TemplateError(`truncate needs a length of at least ${markSize}, not ${most}`)
  if (slack < 0) throw new TemplateError(`truncate needs a leeway of at least 0, not ${slack}`)
  const size = sizeOf(value)
  if (size === undefined) throw new TemplateError(`object of type '${kindOf(value)}' has no len()`)
  if (size <= most + slack) return value
  const source = textOf(value)
  const cut = source === undefined ? undefined : characterSlice(source, 0, most - markSize)
  if (cut === undefined) {
    if (!truthy(killwords)) throw new TemplateError(`truncate takes text, not ${kindOf(value)}`)
    return add(slice(value, null, most - markSize, null, budget), end, budget)
  }
  const space = truthy(killwords) ? -1 : cut.lastIndexOf(' ')
  const kept = space < 0 ? cut : cut.slice(0, space)
  return add(value instanceof Markup ? new Markup(kept) : kept, end, budget)
}

function wordwrap(
  { budget }: FilterContext,
  value: Value,
  width: Value = 79,
  breakLongWords: Value = true,
  wrapstring: Value = null,
  breakOnHyphens: Value = true,
): Value {
  const source = text(value)
  const separator = optionalText(wrapstring) ?? '\n'
  const options = {
    width: whole(width),
    breakLongWords: truthy(breakLongWords),
    breakOnHyphens: truthy(breakOnHyphens),
  }
  const wrapped = lines(source).flatMap((line) => {
    const pieces = wrap(line, options)
    budget.spend(pieces.length)
    return pieces.length > 0 ? pieces : ['']
  })
  budget.checkLength(source.length + wrapped.length * separator.length)
  return wrapped.join(separator)
}
