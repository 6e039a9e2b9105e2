import { TemplateError } from '../template-error.js'
import { strip } from './space.js'

/** Python's `int(text, base)`; JavaScript's undefined where the text is no integer in that base. */
export function parseIntegerText(text: string, base: number): number | undefined {
  if (base !== 0 && (base < 2 || base > 36))
    throw new TemplateError('int() base must be >= 2 and <= 36, or 0')
  const found = /^([+-]?)(?:0([xob])_?)?([0-9a-z]+(?:_[0-9a-z]+)*)$/i.exec(asciiDigits(strip(text)))
  if (!found) return undefined
  const [, sign = '', mark, rest = ''] = found
  const marked = mark === undefined ? undefined : { x: 16, o: 8, b: 2 }[mark.toLowerCase()]
  // `0b1` is an integer in base 16 too: its mark is a digit there.
  const takesMark = marked !== undefined && (base === 0 || base === marked)
  const radix = base === 0 ? (marked ?? 10) : base
  const digits = (takesMark ? rest : `${mark === undefined ? '' : `0${mark}`}${rest}`).replaceAll('_', '')
  if (base === 0 && marked === undefined && /^0+[1-9]/.test(digits)) return undefined
  if (![...digits.toLowerCase()].every((digit) => Number.parseInt(digit, 36) < radix)) return undefined
  const number = Number.parseInt(digits, radix)
  return sign === '-' ? -number : number
}

/** Python's `float(text)`; JavaScript's undefined where the text is no number. */
export function parseFloatText(text: string): number | undefined {
  const plain = asciiDigits(strip(text)).toLowerCase()
  const special = /^([+-]?)(inf|infinity|nan)$/.exec(plain)
  if (special) {
    const size = special[2] === 'nan' ? Number.NaN : Number.POSITIVE_INFINITY
    return special[1] === '-' ? -size : size
  }
  if (!/^[+-]?(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?$/.test(plain))
    return undefined
  return Number(plain.replaceAll('_', ''))
}

/** Decimal digits of other scripts as those of ASCII. */
function asciiDigits(text: string): string {
  if (!/[^\0-\x7f]/.test(text)) return text
  return text.replace(/\p{Nd}/gu, (digit) => {
    // Every script's ten digits stand in a row, the zero first.
    let zero = digit.codePointAt(0) ?? 0
    const code = zero
    while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--
    return String(code - zero)
  })
}
