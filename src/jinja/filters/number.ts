import { TemplateError } from '../template-error.js'
import { fixed } from '../values/float-digits.js'
import { kindOf } from '../values/kind.js'
import { float, integer, isFloat, isNumber, numberOf, roundHalfEven } from '../values/numbers.js'
import { divide, multiply, power } from '../values/operators.js'
import { parseFloatText, parseIntegerText } from '../values/parse-number.js'
import { truthy } from '../values/truth.js'
import { Bytes, textOf, Undefined, type Value } from '../values/values.js'
import { oneOf, whole } from './arguments.js'
import { type Filter, type FilterContext, filter } from './filter.js'

/** The filters on numbers, by name. */
export const numberFilters: readonly (readonly [string, Filter])[] = [
  ['abs', filter('', absolute)],
  ['int', filter('default? base?', toInteger)],
  ['float', filter('default?', toFloat)],
  ['round', filter('precision? method?', round)],
  ['filesizeformat', filter('binary?', fileSize)],
]

function numeric(value: Value, what: string) {
  if (isNumber(value)) return value
  throw new TemplateError(
    value instanceof Undefined ? value.message : `${what} takes a number, not ${kindOf(value)}`,
  )
}

function absolute(_context: FilterContext, value: Value): Value {
  const number = numeric(value, 'abs')
  const size = Math.abs(numberOf(number))
  return isFloat(number) ? float(size) : integer(size)
}

function toInteger(_context: FilterContext, value: Value, fallback: Value = 0, base: Value = 10): Value {
  const text = textOf(value)
  if (text !== undefined) {
    const read = parseIntegerText(text, whole(base))
    if (read !== undefined) return integer(read)
    const number = parseFloatText(text)
    return number === undefined || Number.isNaN(number) ? fallback : fromFloat(number)
  }
  if (value instanceof Undefined) throw new TemplateError(value.message)
  if (!isNumber(value)) return value instanceof Bytes ? fallback : fallback
  const number = numberOf(value)
  return Number.isNaN(number) ? fallback : fromFloat(number)
}

function fromFloat(number: number): number {
  if (!Number.isFinite(number)) throw new TemplateError('cannot convert float infinity to integer')
  return integer(number)
}

function toFloat(_context: FilterContext, value: Value, fallback: Value = float(0)): Value {
  if (value instanceof Undefined) throw new TemplateError(value.message)
  if (isNumber(value)) return float(numberOf(value))
  const text = textOf(value)
  const number = text === undefined ? undefined : parseFloatText(text)
  return number === undefined ? fallback : float(number)
}

function round(_context: FilterContext, value: Value, precision: Value = 0, method: Value = 'common'): Value {
  const way = oneOf(method, ['common', 'ceil', 'floor'])
  if (way === undefined) throw new TemplateError('method must be common, ceil or floor')
  const number = numeric(value, 'round')
  if (way === 'common') return roundCommon(number, whole(precision))
  const scale = power(10, numeric(precision, 'round'))
  const scaled = numberOf(numeric(multiply(number, scale, free), 'round'))
  if (!Number.isFinite(scaled)) throw new TemplateError('cannot convert float infinity or NaN to integer')
  return divide(integer(way === 'ceil' ? Math.ceil(scaled) : Math.floor(scaled)), scale)
}

const free = { spend: () => undefined, checkLength: () => undefined, checkRange: () => undefined }

/** Python's `round`: by the exact value, a half to the even neighbour. */
function roundCommon(value: ReturnType<typeof numeric>, precision: number): Value {
  const number = numberOf(value)
  if (!isFloat(value)) {
    if (precision >= 0) return integer(number)
    if (precision < -22) return 0
    const scale = 10 ** -precision
    return integer(roundHalfEven(number / scale) * scale)
  }
  if (!Number.isFinite(number)) return float(number)
  if (precision > 100) return float(number)
  if (precision >= 0)
    return float(Math.sign(number) * Number(fixed(Math.abs(number), precision)) || number * 0)
  if (precision < -308) return float(number * 0)
  const scale = 10 ** -precision
  return float(roundHalfEven(number / scale) * scale || number * 0)
}

const prefixes = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y']

function fileSize(_context: FilterContext, value: Value, binary: Value = false): string {
  const text = textOf(value)
  const bytes = text === undefined ? numberOf(numeric(value, 'filesizeformat')) : parseFloatText(text)
  if (bytes === undefined) throw new TemplateError('filesizeformat takes a number')
  const base = truthy(binary) ? 1024 : 1000
  if (bytes === 1) return '1 Byte'
  if (bytes < base) {
    if (!Number.isFinite(bytes)) throw new TemplateError('cannot convert float infinity to integer')
    return `${BigInt(Math.trunc(bytes))} Bytes`
  }
  let place = 0
  while (place < prefixes.length - 1 && !(bytes < base ** (place + 2))) place++
  const size = (base * bytes) / base ** (place + 2)
  const digits = Number.isFinite(size) ? fixed(size, 1) : Number.isNaN(size) ? 'nan' : 'inf'
  const prefix = prefixes[place] ?? ''
  return `${digits} ${truthy(binary) ? `${prefix.toUpperCase()}iB` : `${prefix}B`}`
}
