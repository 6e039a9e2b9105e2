import { TemplateError } from '../template-error.js'
import { float, integer, isFloat, isNumber, numberOf } from '../values/numbers.js'
import { type Float, Tuple, type Value } from '../values/values.js'
import { method, methodTable } from './call.js'

function numberIn(value: Value): number | boolean | Float {
  return isNumber(value) ? value : 0
}

/** What templates may call on a number. */
export const numberMethods = methodTable(numberIn, {
  is_integer: method('', (self) => {
    if (!isFloat(self)) throw new TemplateError("'int' object has no attribute 'is_integer'")
    return Number.isInteger(numberOf(self))
  }),
  bit_length: method('', (self) => {
    if (isFloat(self)) throw new TemplateError("'float' object has no attribute 'bit_length'")
    const size = Math.abs(numberOf(self))
    return size === 0 ? 0 : BigInt(size).toString(2).length
  }),
  conjugate: method('', (self) => (typeof self === 'boolean' ? Number(self) : self)),
  as_integer_ratio: method('', (self) => {
    let top = numberOf(self)
    if (!Number.isFinite(top)) throw new TemplateError('the number is no ratio of integers')
    let bottom = 1
    while (!Number.isInteger(top)) {
      top *= 2
      bottom *= 2
    }
    return new Tuple([integer(top), integer(bottom)])
  }),
})

/** What stands on a number without a call. */
export const numberMembers = new Map<string, (self: number | boolean | Float) => Value>([
  ['real', (self) => (typeof self === 'boolean' ? Number(self) : self)],
  ['imag', (self) => (isFloat(self) ? float(0) : 0)],
  ['numerator', (self) => (isFloat(self) ? undefined : numberOf(self))],
  ['denominator', (self) => (isFloat(self) ? undefined : 1)],
])
