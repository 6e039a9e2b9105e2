import { TemplateError } from '../template-error.js'
import { characters } from './characters.js'
import { kindOf } from './kind.js'
import { isInteger } from './numbers.js'
import { type Bounds, Bytes, Markup, Range, Tuple, textOf, Undefined, type Value } from './values.js'

/** Python's `value[start:stop:step]`; JavaScript's undefined and None stand for what is left out. */
export function slice(value: Value, start: Value, stop: Value, step: Value, bounds: Bounds): Value {
  if (value instanceof Undefined) throw new TemplateError(value.message)
  const text = textOf(value)
  if (text !== undefined) {
    bounds.spend(text.length >> 10)
    const cut = places(characters(text), start, stop, step).join('')
    return value instanceof Markup ? new Markup(cut) : cut
  }
  if (Array.isArray(value)) {
    const cut = places(value, start, stop, step)
    bounds.spend(cut.length)
    return cut
  }
  if (value instanceof Tuple) return new Tuple(places(value.items, start, stop, step))
  if (value instanceof Bytes) return new Bytes(Uint8Array.from(places([...value.bytes], start, stop, step)))
  if (value instanceof Range) {
    const { from, to, by } = resolve(value.length, start, stop, step)
    return new Range(value.at(from), value.at(to), value.step * by)
  }
  throw new TemplateError(`'${kindOf(value)}' object cannot be sliced`)
}

function places<T>(items: readonly T[], start: Value, stop: Value, step: Value): T[] {
  const { from, to, by } = resolve(items.length, start, stop, step)
  if (by === 1) return items.slice(from, Math.max(from, to))
  const cut: T[] = []
  for (let at = from; by > 0 ? at < to : at > to; at += by) {
    const item = items[at]
    if (item !== undefined) cut.push(item)
  }
  return cut
}

/** Where a slice of something that long starts and ends, counted from 0; -1 is before the first. */
function resolve(length: number, start: Value, stop: Value, step: Value) {
  const by = bound(step) ?? 1
  if (by === 0) throw new TemplateError('slice step cannot be zero')
  const lowest = by < 0 ? -1 : 0
  const highest = by < 0 ? length - 1 : length
  const clamp = (place: number) => {
    const counted = place < 0 ? place + length : place
    return Math.min(Math.max(counted, lowest), highest)
  }
  const from = bound(start)
  const to = bound(stop)
  return {
    from: from === undefined ? (by < 0 ? highest : lowest) : clamp(from),
    to: to === undefined ? (by < 0 ? lowest : highest) : clamp(to),
    by,
  }
}

function bound(value: Value): number | undefined {
  if (value === undefined || value === null) return undefined
  if (isInteger(value)) return Number(value)
  throw new TemplateError('slice indices must be integers or None')
}
