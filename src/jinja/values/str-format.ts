import { TemplateError } from '../template-error.js'
import { escapeHtml, htmlOf } from './escape.js'
import { formatSpec } from './format-spec.js'
import { itemAt } from './item-at.js'
import { kindOf } from './kind.js'
import { ascii, repr, str } from './print.js'
import { type Bounds, Host, Markup, Tuple, Undefined, type Value } from './values.js'

/** What fills the places of a format. */
interface Given {
  readonly placed: readonly Value[]
  /** Finds a value by name; JavaScript's undefined where there is none. */
  readonly named: (name: string) => Value
}

/** Python's `format.format(...)`. With `markup`, what is put in is escaped. */
export function strFormat(format: string, given: Given, markup: boolean, bounds: Bounds): string {
  return new Formatter(given, markup, bounds).format(format, 2)
}

class Formatter {
  readonly #given: Given
  readonly #markup: boolean
  readonly #bounds: Bounds
  #next = 0
  #numbered = false

  constructor(given: Given, markup: boolean, bounds: Bounds) {
    this.#given = given
    this.#markup = markup
    this.#bounds = bounds
  }

  /** Fills in all places. `depth`: places may stand in a place's specification, but no deeper. */
  format(format: string, depth: number): string {
    if (depth === 0) throw new TemplateError('Max string recursion exceeded')
    let whole = ''
    let at = 0
    while (at < format.length) {
      const brace = nextBrace(format, at)
      whole += format.slice(at, brace)
      if (brace === format.length) break
      const mark = format.charAt(brace)
      if (format.charAt(brace + 1) === mark) {
        whole += mark
        at = brace + 2
        continue
      }
      if (mark === '}') throw new TemplateError("Single '}' encountered in format string")
      const end = closing(format, brace)
      whole += this.#field(format.slice(brace + 1, end), depth)
      this.#bounds.checkLength(whole.length)
      at = end + 1
    }
    return whole
  }

  #field(field: string, depth: number): string {
    const { name, conversion, spec } = readField(field)
    const found = this.#value(name)
    const value = this.#converted(found, conversion)
    const written = spec.includes('{') ? this.format(spec, depth - 1) : spec
    if (!this.#markup) return formatSpec(value, written, this.#bounds)
    if (!(value instanceof Markup)) return escapeHtml(formatSpec(value, written, this.#bounds))
    if (written !== '') throw new TemplateError('marked-up text takes no format specification')
    return htmlOf(value, this.#bounds)
  }

  #value(path: string): Value {
    const first = /^[^.[]*/.exec(path)?.[0] ?? ''
    let value = this.#named(first)
    let rest = path.slice(first.length)
    while (rest !== '') {
      const step = /^(?:\.([^.[]+)|\[([^\]]+)\])/.exec(rest)
      if (!step) throw new TemplateError('Empty attribute in format string')
      const [all, attribute, key = ''] = step
      value = attribute === undefined ? itemOf(value, key, this.#bounds) : attributeOf(value, attribute)
      rest = rest.slice(all.length)
    }
    return value
  }

  #named(name: string): Value {
    const { placed, named } = this.#given
    if (name !== '' && !/^\d+$/.test(name)) {
      const found = named(name)
      if (found === undefined) throw new TemplateError(`format needs its argument ${name.slice(0, 40)}`)
      return found
    }
    if (name === '' ? this.#numbered : this.#next > 0) {
      throw new TemplateError('cannot mix automatic field numbering with numbers in format string')
    }
    if (name !== '') this.#numbered = true
    const found = placed[name === '' ? this.#next++ : Number(name)]
    if (found === undefined)
      throw new TemplateError('format string names more places than there are arguments')
    return found
  }

  #converted(value: Value, conversion: string): Value {
    if (conversion === '') return value
    if (conversion === 's') return str(value, this.#bounds)
    if (conversion === 'r') return repr(value, this.#bounds)
    if (conversion === 'a') return ascii(repr(value, this.#bounds))
    throw new TemplateError(`Unknown conversion specifier ${JSON.stringify(conversion.slice(0, 20))}`)
  }
}

function nextBrace(format: string, from: number): number {
  for (let at = from; at < format.length; at++) {
    const character = format.charAt(at)
    if (character === '{' || character === '}') return at
  }
  return format.length
}

function closing(format: string, open: number): number {
  let depth = 0
  for (let at = open; at < format.length; at++) {
    const character = format.charAt(at)
    if (character === '{') depth++
    else if (character === '}' && --depth === 0) return at
  }
  throw new TemplateError("Single '{' encountered in format string")
}

/** `name!conversion:spec`; a bracket's key may hold the marks. */
function readField(field: string) {
  let end = 0
  let bracket = false
  for (; end < field.length; end++) {
    const character = field.charAt(end)
    if (character === '[') bracket = true
    else if (character === ']') bracket = false
    else if (!bracket && (character === '!' || character === ':')) break
  }
  const name = field.slice(0, end)
  if (field.charAt(end) !== '!') return { name, conversion: '', spec: field.slice(end + 1) }
  const colon = field.indexOf(':', end)
  const conversion = field.slice(end + 1, colon < 0 ? undefined : colon)
  if (conversion === '') throw new TemplateError('end of string while looking for conversion specifier')
  return { name, conversion, spec: colon < 0 ? '' : field.slice(colon + 1) }
}

/** Only what has named members of its own; methods are out of a format's reach. */
function attributeOf(value: Value, name: string): Value {
  if (value instanceof Undefined) throw new TemplateError(value.message)
  const found =
    value instanceof Tuple && value.names.includes(name)
      ? value.items[value.names.indexOf(name)]
      : value instanceof Host
        ? value.behaviour.get(name)
        : undefined
  if (found === undefined)
    throw new TemplateError(`'${kindOf(value)}' object has no attribute '${name.slice(0, 40)}'`)
  return found
}

function itemOf(value: Value, key: string, bounds: Bounds): Value {
  if (value instanceof Undefined) throw new TemplateError(value.message)
  const found = itemAt(value, /^\d+$/.test(key) ? Number(key) : key, bounds)
  if (found === undefined) throw new TemplateError(`format finds no item ${JSON.stringify(key.slice(0, 40))}`)
  return found
}
