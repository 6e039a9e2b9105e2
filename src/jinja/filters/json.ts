import { TemplateError } from '../template-error.js'
import { dictEntries } from '../values/dict.js'
import { kindOf } from '../values/kind.js'
import { type Dict, isDict } from '../values/mapping.js'
import { floatText, isFloat, isNumber, numberOf, numberText } from '../values/numbers.js'
import { type Bounds, Markup, Tuple, textOf, Undefined, type Value } from '../values/values.js'
import { whole } from './arguments.js'
import type { FilterContext } from './filter.js'
import { sorted } from './sorting.js'

/** A value as JSON that stands safely in HTML, inside scripts too; keys in order. */
export function toJson({ budget }: FilterContext, value: Value, indent: Value = null): Markup {
  const unit = indent === null ? undefined : (textOf(indent) ?? ' '.repeat(indentSize(indent, budget)))
  const json = new JsonWriter(unit, budget).write(value, 0).text
  return new Markup(json.replace(/[<>&']/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`))
}

function indentSize(indent: Value, budget: Bounds): number {
  const size = Math.max(0, whole(indent))
  budget.checkLength(size)
  return size
}

class JsonWriter {
  text = ''
  readonly #indent: string | undefined
  readonly #bounds: Bounds
  readonly #open = new Set<Value>()

  constructor(indent: string | undefined, bounds: Bounds) {
    this.#indent = indent
    this.#bounds = bounds
  }

  write(value: Value, depth: number): this {
    this.#bounds.spend(1)
    const text = textOf(value)
    if (text !== undefined) this.#put(quoted(text))
    else if (value === null) this.#put('null')
    else if (typeof value === 'boolean') this.#put(String(value))
    else if (isNumber(value)) this.#put(isFloat(value) ? floatJson(numberOf(value)) : numberText(value))
    else if (Array.isArray(value)) this.#list(value, value, depth)
    else if (value instanceof Tuple) this.#list(value, value.items, depth)
    else if (isDict(value)) this.#mapping(value, depth)
    else if (value instanceof Undefined)
      throw new TemplateError('Object of type Undefined is not JSON serializable')
    else throw new TemplateError(`Object of type ${kindOf(value)} is not JSON serializable`)
    return this
  }

  #put(piece: string): void {
    this.text += piece
    this.#bounds.checkLength(this.text.length)
  }

  #list(whole: Value, items: readonly Value[], depth: number): void {
    this.#around(whole, '[', ']', items, depth, (item) => this.write(item, depth + 1))
  }

  #mapping(dict: Dict, depth: number): void {
    const pairs = dictEntries(dict)
    const inOrder = sorted(pairs, (pair) => (Array.isArray(pair) ? pair[0] : pair), false, this.#bounds)
    this.#around(dict, '{', '}', inOrder, depth, (pair) => {
      if (!Array.isArray(pair)) return
      this.#put(`${quoted(keyText(pair[0]))}: `)
      this.write(pair[1], depth + 1)
    })
  }

  #around(
    whole: Value,
    start: string,
    end: string,
    items: readonly Value[],
    depth: number,
    write: (item: Value) => void,
  ): void {
    if (this.#open.has(whole)) throw new TemplateError('Circular reference detected')
    if (items.length === 0) {
      this.#put(start + end)
      return
    }
    this.#open.add(whole)
    this.#put(start)
    items.forEach((item, index) => {
      if (index > 0) this.#put(this.#indent === undefined ? ', ' : ',')
      this.#newLine(depth + 1)
      write(item)
    })
    this.#newLine(depth)
    this.#put(end)
    this.#open.delete(whole)
  }

  #newLine(depth: number): void {
    if (this.#indent === undefined) return
    this.#bounds.checkLength(this.text.length + this.#indent.length * depth)
    this.#put(`\n${this.#indent.repeat(depth)}`)
  }
}

function keyText(key: Value): string {
  const text = textOf(key)
  if (text !== undefined) return text
  if (key === null) return 'null'
  if (typeof key === 'boolean') return String(key)
  if (isNumber(key)) return isFloat(key) ? floatJson(numberOf(key)) : numberText(key)
  throw new TemplateError(`keys must be str, int, float, bool or None, not ${kindOf(key)}`)
}

function floatJson(value: number): string {
  if (Number.isFinite(value)) return floatText(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
}

/** Text in quotes, all that is not ASCII escaped. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[^\0-~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
