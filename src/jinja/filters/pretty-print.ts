import { TemplateError } from '../template-error.js'
import { characterCount, compareText } from '../values/characters.js'
import { isLess } from '../values/compare.js'
import { dictEntries } from '../values/dict.js'
import { kindOf } from '../values/kind.js'
import { type Dict, isDict } from '../values/mapping.js'
import { quote, repr } from '../values/print.js'
import { isSpace, lines } from '../values/space.js'
import { type Bounds, Tuple, type Value } from '../values/values.js'

const width = 80

/** A value over several lines where it is too long for one: Python's `pprint.pformat`. */
export function prettyPrint(value: Value, bounds: Bounds): string {
  const printer = new PrettyPrinter(bounds)
  printer.print(value, 0, 0, 0)
  return printer.text
}

type Entries = readonly (readonly [Value, Value])[]

class PrettyPrinter {
  text = ''
  readonly #bounds: Bounds

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  /** `indent`: the column where the value starts. `allowance`: what has to fit behind it on its last line. */
  print(value: Value, indent: number, allowance: number, level: number): void {
    const line = this.#repr(value)
    if (characterCount(line) <= width - indent - allowance) this.#put(line)
    else if (typeof value === 'string') this.#string(value, indent, allowance, level + 1)
    else if (Array.isArray(value)) this.#items(value, '[', ']', indent, allowance, level + 1)
    else if (value instanceof Tuple && value.names.length === 0) {
      this.#items(value.items, '(', value.items.length === 1 ? ',)' : ')', indent, allowance, level + 1)
    } else if (isDict(value)) this.#dict(value, indent, allowance, level + 1)
    else this.#put(line)
  }

  #repr(value: Value): string {
    const text = repr(value, this.#bounds, (dict) => this.#inOrder(dict))
    this.#bounds.spend(text.length >> 8)
    return text
  }

  #put(piece: string): void {
    this.text += piece
    this.#bounds.checkLength(this.text.length)
  }

  #items(
    items: readonly Value[],
    start: string,
    end: string,
    indent: number,
    allowance: number,
    level: number,
  ): void {
    this.#put(start)
    items.forEach((item, index) => {
      if (index > 0) this.#put(`,\n${' '.repeat(indent + 1)}`)
      this.print(item, indent + 1, index === items.length - 1 ? allowance + end.length : 1, level)
    })
    this.#put(end)
  }

  #dict(dict: Dict, indent: number, allowance: number, level: number): void {
    const entries = this.#inOrder(dict)
    this.#put('{')
    entries.forEach(([key, value], index) => {
      if (index > 0) this.#put(`,\n${' '.repeat(indent + 1)}`)
      const name = `${this.#repr(key)}: `
      this.#put(name)
      const last = index === entries.length - 1
      this.print(value, indent + 1 + characterCount(name), last ? allowance + 1 : 1, level)
    })
    this.#put('}')
  }

  /** The entries by key; keys that have no order among them by the names of their kinds. */
  #inOrder(dict: Dict): Entries {
    const less = (a: Value, b: Value) => {
      try {
        return isLess(a, b, this.#bounds)
      } catch (thrown) {
        if (!(thrown instanceof TemplateError) || thrown.kind !== 'error') throw thrown
        return compareText(kindOf(a), kindOf(b)) < 0
      }
    }
    return [...dictEntries(dict)].sort(([a], [b]) => (less(a, b) ? -1 : less(b, a) ? 1 : 0))
  }

  /** A long text as several literals, broken after line ends and white space. */
  #string(value: string, indent: number, allowance: number, level: number): void {
    const outermost = level === 1
    const column = outermost ? indent + 1 : indent
    const pieces = literals(value, width - column, outermost ? allowance + 1 : allowance)
    const brackets = outermost && pieces.length > 1
    this.#put(`${brackets ? '(' : ''}${pieces.join(`\n${' '.repeat(column)}`)}${brackets ? ')' : ''}`)
  }
}

function literals(value: string, room: number, allowance: number): string[] {
  const whole = lines(value, true)
  return whole.flatMap((line, index) => {
    const lastLine = index === whole.length - 1
    const literal = quote(line)
    if (characterCount(literal) <= (lastLine ? room - allowance : room)) return [literal]
    const parts = wordsWithSpace(line)
    const chunks: string[] = []
    let current = ''
    parts.forEach((part, place) => {
      const fits = lastLine && place === parts.length - 1 ? room - allowance : room
      if (characterCount(quote(current + part)) > fits) {
        if (current !== '') chunks.push(quote(current))
        current = part
      } else current += part
    })
    if (current !== '') chunks.push(quote(current))
    return chunks
  })
}

/** Each word with the white space that follows it. */
function wordsWithSpace(line: string): string[] {
  const parts: string[] = []
  let start = 0
  for (let at = 1; at < line.length; at++) {
    if (!isSpace(line.charAt(at)) && isSpace(line.charAt(at - 1))) {
      parts.push(line.slice(start, at))
      start = at
    }
  }
  if (start < line.length) parts.push(line.slice(start))
  return parts
}
