import { TemplateError } from '../template-error.js'
import { escapeHtml, htmlOf } from './escape.js'
import { kindOf } from './kind.js'
import { float, integer, isFloat, isInteger, isNumber, numberOf } from './numbers.js'
import { percentFormat } from './percent-format.js'
import { str } from './print.js'
import { type Bounds, Markup, Tuple, textOf, Undefined, type Value } from './values.js'

/** Python's `a + b`. */
export function add(a: Value, b: Value, bounds: Bounds): Value {
  if (isNumber(a) && isNumber(b)) return arithmetic(a, b, (left, right) => left + right)
  const left = textOf(a)
  const right = textOf(b)
  if (left !== undefined && right !== undefined) {
    bounds.checkLength(left.length + right.length)
    bounds.spend((left.length + right.length) >> 10)
    if (typeof a === 'string' && typeof b === 'string') return left + right
    return new Markup(htmlOf(a, bounds) + htmlOf(b, bounds))
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    bounds.spend(a.length + b.length)
    return [...a, ...b]
  }
  if (a instanceof Tuple && b instanceof Tuple) {
    bounds.spend(a.items.length + b.items.length)
    return new Tuple([...a.items, ...b.items])
  }
  return unsupported('+', a, b)
}

/** Python's `a - b`. */
export function subtract(a: Value, b: Value): Value {
  return isNumber(a) && isNumber(b) ? arithmetic(a, b, (left, right) => left - right) : unsupported('-', a, b)
}

/** Python's `a * b`. */
export function multiply(a: Value, b: Value, bounds: Bounds): Value {
  if (isNumber(a) && isNumber(b)) return arithmetic(a, b, (left, right) => left * right)
  if (isInteger(a)) return repeated(b, Number(a), bounds) ?? unsupported('*', a, b)
  if (isInteger(b)) return repeated(a, Number(b), bounds) ?? unsupported('*', a, b)
  return unsupported('*', a, b)
}

function repeated(value: Value, times: number, bounds: Bounds): Value {
  const count = Math.max(0, times)
  const text = textOf(value)
  if (text !== undefined) {
    bounds.checkLength(text.length * count)
    bounds.spend((text.length * count) >> 10)
    const whole = text === '' ? '' : text.repeat(count)
    return value instanceof Markup ? new Markup(whole) : whole
  }
  const items = Array.isArray(value) ? value : value instanceof Tuple ? value.items : undefined
  if (!items) return undefined
  bounds.spend(items.length * count)
  const whole = items.length === 0 ? [] : Array.from({ length: count }, () => items).flat(1)
  return Array.isArray(value) ? whole : new Tuple(whole)
}

/** Python's `a / b`: always a float. */
export function divide(a: Value, b: Value): Value {
  if (!isNumber(a) || !isNumber(b)) return unsupported('/', a, b)
  return float(numberOf(a) / divisor(b))
}

/** Python's `a // b`. */
export function floorDivide(a: Value, b: Value): Value {
  if (!isNumber(a) || !isNumber(b)) return unsupported('//', a, b)
  const by = divisor(b)
  const left = numberOf(a)
  if (!isFloat(a) && !isFloat(b)) return integer((left - remainder(left, by)) / by)
  // The remainder is exact, so what is left divides evenly up to rounding.
  const rest = left % by
  const whole = (left - rest) / by - (rest !== 0 && rest < 0 !== by < 0 ? 1 : 0)
  if (whole === 0) return float(Object.is(Math.sign(left / by), 0) || left / by > 0 ? 0 : -0)
  return float(Math.round(whole))
}

/** Python's `a % b`: the remainder has the sign of `b`; text on the left is a format. */
export function modulo(a: Value, b: Value, bounds: Bounds): Value {
  const text = textOf(a)
  if (text !== undefined) {
    bounds.spend(text.length >> 10)
    const whole = percentFormat(text, b, a instanceof Markup, bounds)
    return a instanceof Markup ? new Markup(whole) : whole
  }
  if (!isNumber(a) || !isNumber(b)) return unsupported('%', a, b)
  return arithmetic(a, b, (left) => remainder(left, divisor(b)))
}

/** Python's `a ** b`. */
export function power(a: Value, b: Value): Value {
  if (!isNumber(a) || !isNumber(b)) return unsupported('** or pow()', a, b)
  const base = numberOf(a)
  const exponent = numberOf(b)
  if (base === 0 && exponent < 0) throw new TemplateError('0.0 cannot be raised to a negative power')
  const whole = !isFloat(a) && !isFloat(b) && exponent >= 0
  if (whole) return integer(base ** exponent)
  if (base < 0 && Number.isFinite(base) && Number.isFinite(exponent) && !Number.isInteger(exponent)) {
    throw new TemplateError('a negative number cannot be raised to a fraction')
  }
  // Python: one to any power is one, and any number to the power of zero.
  if (base === 1 || (base === -1 && !Number.isFinite(exponent) && !Number.isNaN(exponent))) return float(1)
  const result = base ** exponent
  if (!Number.isFinite(result) && Number.isFinite(base) && Number.isFinite(exponent)) {
    throw new TemplateError('the number grows too large')
  }
  return float(result)
}

/** Python's `-a`. */
export function negative(value: Value): Value {
  if (isNumber(value)) return isFloat(value) ? float(-numberOf(value)) : integer(-numberOf(value))
  return badUnary('-', value)
}

/** Python's `+a`. */
export function positive(value: Value): Value {
  if (isNumber(value)) return typeof value === 'boolean' ? Number(value) : value
  return badUnary('+', value)
}

/** Jinja's `a ~ b ~ c`: all as text; marked-up text among them makes the whole marked up, where that matters. */
export function concat(values: readonly Value[], autoescape: boolean, bounds: Bounds): Value {
  const marked = autoescape && values.some((value) => value instanceof Markup)
  let whole = ''
  for (const value of values) {
    const text = str(value, bounds)
    whole += marked && !(value instanceof Markup) ? escapeHtml(text) : text
    bounds.checkLength(whole.length)
    bounds.spend(text.length >> 10)
  }
  return marked ? new Markup(whole) : whole
}

function arithmetic(a: Value, b: Value, work: (left: number, right: number) => number): Value {
  if (!isNumber(a) || !isNumber(b)) return undefined
  const result = work(numberOf(a), numberOf(b))
  return isFloat(a) || isFloat(b) ? float(result) : integer(result)
}

function divisor(value: Value): number {
  const number = isNumber(value) ? numberOf(value) : 0
  if (number === 0) throw new TemplateError('division by zero')
  return number
}

function remainder(left: number, by: number): number {
  const rest = left % by
  if (rest === 0) return by < 0 ? -0 : 0
  return rest < 0 !== by < 0 ? rest + by : rest
}

function unsupported(operator: string, a: Value, b: Value): never {
  for (const side of [a, b]) if (side instanceof Undefined) throw new TemplateError(side.message)
  if (operator === '+' && textOf(a) !== undefined) {
    throw new TemplateError(`can only concatenate str (not "${kindOf(b)}") to str; write ~ instead of +`)
  }
  throw new TemplateError(`unsupported operand type(s) for ${operator}: '${kindOf(a)}' and '${kindOf(b)}'`)
}

function badUnary(operator: string, value: Value): never {
  if (value instanceof Undefined) throw new TemplateError(value.message)
  throw new TemplateError(`bad operand type for unary ${operator}: '${kindOf(value)}'`)
}
