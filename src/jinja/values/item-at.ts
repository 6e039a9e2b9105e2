import { characters } from './characters.js'
import { dictGet } from './dict.js'
import { isDict } from './mapping.js'
import { isInteger } from './numbers.js'
import { type Bounds, Bytes, Markup, Range, Tuple, textOf, type Value } from './values.js'

/** The item under a key, or at a place counted from the start or, below zero, from the end; else JavaScript's undefined. */
export function itemAt(value: Value, key: Value, bounds: Bounds): Value {
  if (isDict(value)) return Array.isArray(key) || isDict(key) ? undefined : dictGet(value, key)
  if (!isInteger(key)) return undefined
  const place = Number(key)
  if (Array.isArray(value)) return value.at(place)
  if (value instanceof Tuple) return value.items.at(place)
  if (value instanceof Bytes) return value.bytes.at(place)
  const text = textOf(value)
  if (text !== undefined) {
    // Long texts have to be counted through where they hold characters outside the BMP.
    bounds.spend(text.length >> 10)
    const character = /[\ud800-\udbff]/.test(text) ? characters(text).at(place) : text.at(place)
    return value instanceof Markup && character !== undefined ? new Markup(character) : character
  }
  if (!(value instanceof Range)) return undefined
  const counted = place < 0 ? place + value.length : place
  return counted >= 0 && counted < value.length ? value.at(counted) : undefined
}
