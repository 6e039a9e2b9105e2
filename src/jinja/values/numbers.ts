import { TemplateError } from '../template-error.js'
import { Float, type Value } from './values.js'

/** Whether a value counts as a number: booleans are the integers 0 and 1. */
export function isNumber(value: Value): value is number | boolean | Float {
  return typeof value === 'number' || typeof value === 'boolean' || value instanceof Float
}

/** Whether a number is a float. */
export function isFloat(value: Value): boolean {
  return value instanceof Float || (typeof value === 'number' && !Number.isInteger(value))
}

/** Whether a value is an integer, a boolean included. */
export function isInteger(value: Value): value is number | boolean {
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isInteger(value))
}

/** JavaScript's number behind a value that is one. */
export function numberOf(value: number | boolean | Float): number {
  return value instanceof Float ? value.value : Number(value)
}

/** A float. */
export function float(value: number): number | Float {
  return Number.isInteger(value) || !Number.isFinite(value) ? new Float(value) : value
}

/** An integer; there is no negative zero, and none too large to hold. */
export function integer(value: number): number {
  if (!Number.isFinite(value)) throw new TemplateError('the number grows too large')
  return Math.trunc(value) + 0
}

/** A number's text, as Python prints it. */
export function numberText(value: number | boolean | Float): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (isFloat(value)) return floatText(numberOf(value))
  const number = numberOf(value)
  return Number.isSafeInteger(number) ? String(number) : String(BigInt(number))
}

/** The shortest digits that give the float back, with an exponent where Python writes one. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf'
  const [digits = '', power = '0'] = value.toExponential().split('e')
  const exponent = Number(power)
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
  }
  const text = Object.is(value, -0) ? '-0' : String(value)
  return text.includes('.') ? text : `${text}.0`
}

/** Rounds to a whole number, a half to the even one. */
export function roundHalfEven(value: number): number {
  const down = Math.floor(value)
  const rest = value - down
  if (rest !== 0.5) return rest < 0.5 ? down : down + 1
  return down % 2 === 0 ? down : down + 1
}
