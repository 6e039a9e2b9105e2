import { floatText } from './numbers.js'

/** `toFixed` and `toExponential` know no more digits than these. */
const most = 100

/**
 * A positive number with so many digits after the point, rounded as Python does: by the double's exact value,
 * a half to the even digit. JavaScript rounds by the exact value too, but a half upwards.
 */
export function fixed(value: number, digits: number): string {
  const places = Math.min(digits, most)
  const text = value >= 1e21 ? withPlaces(String(BigInt(value)), places) : evenFixed(value, places)
  return places === 0 ? text : text + '0'.repeat(digits - places)
}

function withPlaces(whole: string, places: number): string {
  return places > 0 ? `${whole}.${'0'.repeat(places)}` : whole
}

function evenFixed(value: number, places: number): string {
  const exact = value.toFixed(most)
  const cut = exact.indexOf('.') + 1 + places
  // A number that lies exactly between two has few digits: all of them are in `exact`.
  if (!/^50*$/.test(exact.slice(cut))) return value.toFixed(places)
  const digits = BigInt(exact.slice(0, cut).replace('.', ''))
  const even = String(digits % 2n === 0n ? digits : digits + 1n).padStart(places + 1, '0')
  return places > 0 ? `${even.slice(0, -places)}.${even.slice(-places)}` : even
}

/** A positive number as digits and a power of ten, `1.50e+01`, rounded likewise. */
function exponential(value: number, digits: number): string {
  const places = Math.min(digits, most)
  const exact = value.toExponential(most)
  const [mantissa = '', power = '0'] = exact.split('e')
  const cut = places === 0 ? 1 : 2 + places
  const rest = mantissa.slice(cut).replace('.', '')
  let rounded = value.toExponential(places)
  if (/^50*$/.test(rest)) {
    const kept = BigInt(mantissa.slice(0, cut).replace('.', ''))
    if (kept % 2n === 0n) rounded = `${mantissa.slice(0, cut)}e${power}`
  }
  const [head = '', exponent = '0'] = rounded.split('e')
  const size = String(Math.abs(Number(exponent))).padStart(2, '0')
  const zeros = '0'.repeat(digits - places)
  return `${head}${zeros}e${Number(exponent) < 0 ? '-' : '+'}${size}`
}

/** How the digits of a float are asked for: `'%.2f'`, `'{:g}'`. */
export interface FloatDigits {
  /** `e`, `f`, `g`, or `r` for the shortest that gives the number back. */
  readonly type: 'e' | 'f' | 'g' | 'r'
  /** Digits after the point, or of the whole number for `g`. */
  readonly precision: number
  /** Whether the point, and for `g` the zeros at the end, stay. */
  readonly alternate: boolean
  /** Whether at least one digit stands after the point of a number without exponent. */
  readonly point?: boolean
}

/** The digits of a number without its sign. */
export function floatDigits(value: number, { type, precision, alternate, point }: FloatDigits): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : 'inf'
  if (type === 'r') return floatText(value)
  if (type === 'f') return withPoint(fixed(value, precision), alternate)
  if (type === 'e') return withPoint(exponential(value, precision), alternate)
  const digits = Math.max(1, precision)
  const written = exponential(value, digits - 1)
  const power = Number(written.slice(written.indexOf('e') + 1))
  const plain = power >= -4 && power < digits - (point && digits === power + 1 ? 1 : 0)
  const text = plain ? fixed(value, Math.max(0, digits - 1 - power)) : written
  const short = alternate ? withPoint(text, true) : withoutZeros(text)
  return point && plain && !short.includes('.') ? `${short}.0` : short
}

function withPoint(text: string, wanted: boolean): string {
  if (!wanted || text.includes('.')) return text
  return text.includes('e') ? text.replace('e', '.e') : `${text}.`
}

function withoutZeros(text: string): string {
  const [head = '', tail] = text.split('e')
  const short = head.includes('.') ? head.replace(/\.?0+$/, '') : head
  return tail === undefined ? short : `${short}e${tail}`
}
