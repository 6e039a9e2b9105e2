import { dictEntries, viewItems } from './dict.js'
import { type Dict, DictView, isDict } from './mapping.js'
import { isNumber, numberText } from './numbers.js'
import {
  type Bounds,
  Bytes,
  Callable,
  Host,
  Lazy,
  Markup,
  Range,
  Tuple,
  textOf,
  Undefined,
  type Value,
} from './values.js'

/** A value as it is printed: Python's `str()`. Nothing of the value is called. */
export function str(value: Value, bounds: Bounds): string {
  if (typeof value === 'string') return value
  if (value instanceof Markup) return value.html
  if (value instanceof Undefined) return ''
  return repr(value, bounds)
}

/** A value as it stands inside a printed list: Python's `repr()`. */
export function repr(value: Value, bounds: Bounds, entries: EntriesOf = dictEntries): string {
  return new Printer(bounds, entries).print(value).text
}

/** The entries of a mapping in the order in which they are printed. */
type EntriesOf = (dict: Dict) => readonly (readonly [Value, Value])[]

/** Writes a value piece by piece, so that what is small to write and endless to print is refused in time. */
class Printer {
  text = ''
  readonly #bounds: Bounds
  readonly #entries: EntriesOf
  readonly #open = new Set<Value>()

  constructor(bounds: Bounds, entries: EntriesOf) {
    this.#bounds = bounds
    this.#entries = entries
  }

  print(value: Value): this {
    this.#bounds.spend(1)
    const text = textOf(value)
    if (text !== undefined) {
      this.#write(value instanceof Markup ? `Markup(${quote(text)})` : quote(text))
    } else if (value === null) this.#write('None')
    else if (isNumber(value)) this.#write(numberText(value))
    else if (Array.isArray(value)) this.#items(value, '[', value, ']')
    else if (value instanceof Tuple) {
      this.#items(value, '(', value.items, value.items.length === 1 ? ',)' : ')')
    } else if (isDict(value)) this.#dict(value)
    else if (value instanceof DictView) {
      this.#items(value, `dict_${value.of}([`, viewItems(value), '])')
    } else this.#write(objectText(value))
    return this
  }

  #write(piece: string): void {
    this.text += piece
    this.#bounds.checkLength(this.text.length)
  }

  #items(whole: Value, start: string, items: readonly Value[], end: string): void {
    if (this.#isOpen(whole, `${start}...${end.at(-1)}`)) return
    this.#write(start)
    items.forEach((item, index) => {
      if (index > 0) this.#write(', ')
      this.print(item)
    })
    this.#write(end)
    this.#open.delete(whole)
  }

  #dict(dict: Value): void {
    if (!isDict(dict) || this.#isOpen(dict, '{...}')) return
    this.#write('{')
    this.#entries(dict).forEach(([key, item], index) => {
      if (index > 0) this.#write(', ')
      this.print(key)
      this.#write(': ')
      this.print(item)
    })
    this.#write('}')
    this.#open.delete(dict)
  }

  /** A list that holds itself prints as dots where it comes again. */
  #isOpen(whole: Value, dots: string): boolean {
    if (this.#open.has(whole)) {
      this.#write(dots)
      return true
    }
    this.#open.add(whole)
    return false
  }
}

function objectText(value: Value): string {
  if (value instanceof Undefined) return 'Undefined'
  if (value instanceof Range) {
    return `range(${value.start}, ${value.stop}${value.step === 1 ? '' : `, ${value.step}`})`
  }
  if (value instanceof Bytes) return bytesText(value.bytes)
  if (value instanceof Callable) return `<function ${value.name}>`
  if (value instanceof Lazy) return `<${value.kind} object>`
  if (value instanceof Host) return value.behaviour.print?.() ?? `<${value.behaviour.kind} object>`
  return '<object>'
}

const short = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

/** Printable ASCII without the single quote and the backslash. */
const plain = /^[ -&(-[\]-~]*$/

/** A text as Python writes it in source: quotes around it, escapes for what does not print. */
export function quote(text: string): string {
  // Most texts are plain, which is far quicker to tell than the classes of Unicode.
  if (plain.test(text)) return `'${text}'`
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'"
  // Everything but the plain space that is a separator, a control, a format or an unassigned character.
  const escaped = text.replace(
    /[\\'\p{C}\p{Zl}\p{Zp}\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]/gu,
    (character) => {
      if (character === "'") return mark === "'" ? "\\'" : "'"
      return short.get(character) ?? escapeCode(character.codePointAt(0) ?? 0)
    },
  )
  return `${mark}${escaped}${mark}`
}

function escapeCode(code: number): string {
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
  return code < 0x10000
    ? `\\u${code.toString(16).padStart(4, '0')}`
    : `\\U${code.toString(16).padStart(8, '0')}`
}

function bytesText(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) {
    const character = String.fromCharCode(byte)
    text +=
      byte < 0x7f && byte >= 0x20 && character !== '\\'
        ? character
        : (short.get(character) ?? escapeCode(byte))
  }
  return text.includes("'") && !text.includes('"') ? `b"${text}"` : `b'${text.replaceAll("'", "\\'")}'`
}

/** Python's `ascii()` of what `repr` gave: only ASCII, escapes for the rest. */
export function ascii(text: string): string {
  return text.replace(/[^\0-\x7f]/gu, (character) => escapeCode(character.codePointAt(0) ?? 0))
}
