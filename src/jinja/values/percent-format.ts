import { TemplateError } from '../template-error.js'
import { characterCount, characterSlice } from './characters.js'
import { dictGet } from './dict.js'
import { escapeHtml, htmlOf } from './escape.js'
import { floatDigits } from './float-digits.js'
import { kindOf } from './kind.js'
import { isDict } from './mapping.js'
import { isFloat, isInteger, isNumber, numberOf } from './numbers.js'
import { ascii, repr, str } from './print.js'
import { type Bounds, Range, Tuple, textOf, Undefined, type Value } from './values.js'

/** What stands between `%` and the end of a place: `%(key)-08.2f`. */
const place = /%(?:\(([^()]*)\))?([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?[hlL]?(.)?/gsu

/** Python's `format % values`. With `markup`, what is put in is escaped. */
export function percentFormat(format: string, values: Value, markup: boolean, bounds: Bounds): string {
  const given = values instanceof Tuple ? values.items : [values]
  let next = 0
  const take = (): Value => {
    if (next >= given.length) throw new TemplateError('not enough arguments for format string')
    return given[next++]
  }
  const count = (written: string | undefined): number | undefined => {
    if (written !== '*') return written === undefined ? undefined : Number(written)
    const value = take()
    if (typeof value !== 'number' || isFloat(value)) throw new TemplateError('* wants int')
    return value
  }

  let whole = ''
  let at = 0
  for (const match of format.matchAll(place)) {
    const [all, key, flags = '', width, precision, type] = match
    whole += format.slice(at, match.index)
    at = match.index + all.length
    if (type === undefined) throw new TemplateError('incomplete format')
    const size = count(width) ?? 0
    const hasPoint = /\.[^.]*$/.test(key === undefined ? all : all.slice(all.indexOf(')')))
    const digits = count(precision) ?? (hasPoint ? 0 : undefined)
    bounds.checkLength(whole.length + Math.abs(size) + (digits ?? 0))
    if (type === '%') {
      whole += '%'
      continue
    }
    const value = key === undefined ? take() : keyed(values, key)
    whole += written(value, { flags, width: size, digits, type }, markup, bounds)
    bounds.checkLength(whole.length)
  }
  const mapping =
    isDict(values) || Array.isArray(values) || values instanceof Undefined || values instanceof Range
  if (next < given.length && !mapping) {
    throw new TemplateError('not all arguments converted during string formatting')
  }
  return whole + format.slice(at)
}

function keyed(values: Value, key: string): Value {
  if (!isDict(values)) throw new TemplateError('format requires a mapping')
  const found = dictGet(values, key)
  if (found === undefined) throw new TemplateError(`the mapping has no key ${JSON.stringify(key)}`)
  return found
}

interface Place {
  readonly flags: string
  readonly width: number
  readonly digits: number | undefined
  readonly type: string
}

function written(value: Value, place: Place, markup: boolean, bounds: Bounds): string {
  const { flags, width, digits, type } = place
  const left = flags.includes('-') || width < 0
  const size = Math.abs(width)
  if ('srac'.includes(type)) {
    const text = textFor(value, type, markup, bounds)
    const cut = digits === undefined || type === 'c' ? text : characterSlice(text, 0, digits)
    return padded(cut, '', size, left, false)
  }
  if (!'diuoxXeEfFgG'.includes(type)) throw new TemplateError(`unsupported format character '${type}'`)
  const integral = 'diuoxX'.includes(type)
  if (!isNumber(value) || ('oxX'.includes(type) && isFloat(value))) {
    const wanted = 'oxX'.includes(type) ? 'an integer' : 'a real number'
    throw new TemplateError(`%${type} format: ${wanted} is required, not ${kindOf(value)}`)
  }
  const number = integral ? Math.trunc(numberOf(value)) : numberOf(value)
  if (integral && !Number.isFinite(number)) throw new TemplateError('cannot convert float to integer')
  const negative = number < 0 || Object.is(number, -0)
  const sign =
    negative && !(integral && number === 0) ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
  const text = integral
    ? integerDigits(Math.abs(number), type, digits ?? 0, flags.includes('#'))
    : floatText(Math.abs(number), type, digits ?? 6, flags.includes('#'))
  return padded(text, sign, size, left, flags.includes('0') && Number.isFinite(number))
}

function textFor(value: Value, type: string, markup: boolean, bounds: Bounds): string {
  if (type === 's') return markup ? htmlOf(value, bounds) : str(value, bounds)
  if (type === 'c') {
    const text = textOf(value)
    if (text !== undefined && characterCount(text) === 1) return text
    if (isInteger(value) && Number(value) >= 0 && Number(value) <= 0x10ffff) {
      return String.fromCodePoint(Number(value))
    }
    throw new TemplateError('%c requires int or char')
  }
  const text = type === 'r' ? repr(value, bounds) : ascii(repr(value, bounds))
  return markup ? escapeHtml(text) : text
}

function integerDigits(number: number, type: string, digits: number, alternate: boolean): string {
  const base = type === 'o' ? 8 : type === 'x' || type === 'X' ? 16 : 10
  const text = BigInt(number).toString(base).padStart(digits, '0')
  const prefix = alternate && base !== 10 ? `0${type === 'X' ? 'x' : type}` : ''
  return type === 'X' ? `${prefix}${text}`.toUpperCase() : prefix + text
}

function floatText(number: number, type: string, precision: number, alternate: boolean): string {
  const lower = type.toLowerCase()
  const kind = lower === 'e' || lower === 'g' ? lower : 'f'
  const text = floatDigits(number, { type: kind, precision, alternate })
  return lower === type ? text : text.toUpperCase()
}

function padded(text: string, sign: string, width: number, left: boolean, zeros: boolean): string {
  const missing = Math.max(0, width - characterCount(text) - sign.length)
  if (left) return sign + text + ' '.repeat(missing)
  if (!zeros) return ' '.repeat(missing) + sign + text
  const prefix = /^0[xo]/i.exec(text)?.[0] ?? ''
  return sign + prefix + '0'.repeat(missing) + text.slice(prefix.length)
}
