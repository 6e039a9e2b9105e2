import { TemplateError } from '../template-error.js'
import { characterCount, characterSlice } from './characters.js'
import { floatDigits } from './float-digits.js'
import { kindOf } from './kind.js'
import { isFloat, isNumber, numberOf } from './numbers.js'
import { str } from './print.js'
import { type Bounds, type Float, textOf, type Value } from './values.js'

const pattern = /^(?:(.)?([<>=^]))?([-+ ])?(z)?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/su

interface Spec {
  readonly fill: string
  readonly align: string
  readonly sign: string
  readonly alternate: boolean
  readonly width: number
  readonly grouping: string
  readonly precision: number | undefined
  readonly type: string
}

/** Python's `format(value, spec)`: what `'{:>8.2f}'.format(value)` does with one value. */
export function formatSpec(value: Value, spec: string, bounds: Bounds): string {
  if (spec === '') return str(value, bounds)
  const text = textOf(value)
  if (text === undefined && !isNumber(value)) {
    throw new TemplateError(`unsupported format string passed to ${kindOf(value)}.__format__`)
  }
  const read = readSpec(spec, text === undefined)
  bounds.checkLength(read.width + (read.precision ?? 0))
  if (text !== undefined) return formatText(text, read)
  return isNumber(value) ? formatNumber(value, read) : ''
}

function readSpec(spec: string, number: boolean): Spec {
  const found = pattern.exec(spec)
  if (!found) throw new TemplateError(`Invalid format specifier ${JSON.stringify(spec.slice(0, 40))}`)
  const [, fill, align, sign = '', , alternate, zero, width = '0', grouping = '', precision, type = ''] =
    found
  return {
    fill: fill ?? (zero && !align ? '0' : zero ? '0' : ' '),
    align: align ?? (zero && number ? '=' : number ? '>' : '<'),
    sign,
    alternate: alternate !== undefined,
    width: Number(width),
    grouping,
    precision: precision === undefined ? undefined : Number(precision),
    type,
  }
}

function formatText(text: string, spec: Spec): string {
  if (spec.type !== '' && spec.type !== 's') throw unknownType(spec.type, 'str')
  if (spec.sign !== '') throw new TemplateError('Sign not allowed in string format specifier')
  if (spec.align === '=') throw new TemplateError("'=' alignment not allowed in string format specifier")
  if (spec.grouping !== '') throw new TemplateError(`Cannot specify '${spec.grouping}' with 's'.`)
  if (spec.alternate) throw new TemplateError('Alternate form (#) not allowed in string format specifier')
  return aligned('', spec.precision === undefined ? text : characterSlice(text, 0, spec.precision), spec)
}

function formatNumber(value: number | boolean | Float, spec: Spec): string {
  const number = numberOf(value)
  const integral = !isFloat(value)
  if (spec.type === 'c' && integral)
    return aligned('', String.fromCodePoint(number), { ...spec, align: spec.align })
  if (spec.type !== '' && !(integral ? 'dboxXneEfFgG%' : 'neEfFgG%').includes(spec.type)) {
    throw unknownType(spec.type, kindOf(value))
  }
  const negative = number < 0 || (!integral && Object.is(number, -0))
  const sign = negative ? '-' : spec.sign === '-' ? '' : spec.sign
  const size = Math.abs(number)
  if (integral && (spec.type === '' || 'dboxXn'.includes(spec.type))) {
    if (spec.precision !== undefined)
      throw new TemplateError('Precision not allowed in integer format specifier')
    const base = { b: 2, o: 8, x: 16, X: 16 }[spec.type] ?? 10
    const prefix = spec.alternate && base !== 10 ? `0${spec.type}` : ''
    const digits = BigInt(size).toString(base)
    const text = spec.type === 'X' ? digits.toUpperCase() : digits
    return aligned(sign + prefix, text, spec, base === 10 ? 3 : 4)
  }
  const percent = spec.type === '%'
  const lower = spec.type.toLowerCase()
  const type =
    lower === 'e' || lower === 'f'
      ? lower
      : percent
        ? 'f'
        : lower === '' && spec.precision === undefined
          ? 'r'
          : 'g'
  const digits = floatDigits(percent ? size * 100 : size, {
    type,
    precision: spec.precision ?? 6,
    alternate: spec.alternate,
    point: lower === '',
  })
  const text = /[EFG]/.test(spec.type) ? digits.toUpperCase() : digits
  return aligned(sign, percent ? `${text}%` : text, spec, 3)
}

function aligned(sign: string, text: string, spec: Spec, groups = 0): string {
  const { fill, align, width, grouping } = spec
  const zeros = fill === '0' && align === '='
  const body =
    grouping && groups && /\d/.test(text)
      ? grouped(text, grouping, groups, zeros ? width - sign.length : 0)
      : text
  const missing = Math.max(0, width - characterCount(body) - sign.length)
  if (align === '<') return sign + body + fill.repeat(missing)
  if (align === '=') return sign + fill.repeat(missing) + body
  if (align === '>') return fill.repeat(missing) + sign + body
  const before = Math.floor(missing / 2)
  return fill.repeat(before) + sign + body + fill.repeat(missing - before)
}

/** The digits before the point in groups; zeros in front of them are grouped too, until it is that wide. */
function grouped(text: string, separator: string, size: number, width: number): string {
  const end = /^[0-9a-fA-F]+/.exec(text)?.[0].length ?? 0
  const rest = text.slice(/[.e%]/.test(text) ? text.search(/[.e%]|$/) : end)
  let digits = text.slice(0, text.length - rest.length)
  const join = () => {
    const groups: string[] = []
    for (let at = digits.length; at > 0; at -= size) groups.unshift(digits.slice(Math.max(0, at - size), at))
    return groups.join(separator)
  }
  const room = width - rest.length
  const needed = Math.floor(room / (size + 1)) * size + (room % (size + 1))
  if (needed > digits.length) digits = digits.padStart(room % (size + 1) === 0 ? needed + 1 : needed, '0')
  return join() + rest
}

function unknownType(type: string, kind: string): TemplateError {
  return new TemplateError(`Unknown format code '${type}' for object of type '${kind}'`)
}
