import { TemplateError } from '../template-error.js'
import { hash } from './hash.js'
import { type Dict, type DictView, MapDict } from './mapping.js'
import { Tuple, textOf, type Value } from './values.js'

/** A mapping of the given pairs; where a key comes twice, the later value counts. */
export function makeDict(pairs: Iterable<readonly [Value, Value]> = []): MapDict {
  const made = new MapDict()
  for (const [key, value] of pairs) dictSet(made, key, value)
  return made
}

/** What stands under a key, JavaScript's undefined where nothing does. */
export function dictGet(dict: Dict, key: Value): Value {
  if (dict instanceof MapDict) return dict.entries.get(hash(key))?.[1]
  const name = textOf(key)
  // The prototype is empty: there is nothing but own data.
  if (name !== undefined) return dict[name]
  hash(key)
  return undefined
}

export function dictHas(dict: Dict, key: Value): boolean {
  return dictGet(dict, key) !== undefined
}

export function dictSet(dict: Dict, key: Value, value: Value): void {
  if (dict instanceof MapDict) {
    const hashed = hash(key)
    const entry = dict.entries.get(hashed)
    if (entry) entry[1] = value
    else dict.entries.set(hashed, [key, value])
    return
  }
  const name = textOf(key)
  if (name === undefined) throw new TemplateError('a mapping that came from data takes only text as a key')
  dict[name] = value
}

/** Removes a key and gives what stood there, JavaScript's undefined where nothing did. */
export function dictDelete(dict: Dict, key: Value): Value {
  const value = dictGet(dict, key)
  if (value === undefined) return undefined
  if (dict instanceof MapDict) dict.entries.delete(hash(key))
  else delete dict[textOf(key) ?? '']
  return value
}

export function dictSize(dict: Dict): number {
  return dict instanceof MapDict ? dict.entries.size : Object.keys(dict).length
}

export function dictKeys(dict: Dict): Value[] {
  return dict instanceof MapDict ? Array.from(dict.entries.values(), ([key]) => key) : Object.keys(dict)
}

function dictValues(dict: Dict): Value[] {
  return dict instanceof MapDict
    ? Array.from(dict.entries.values(), ([, value]) => value)
    : Object.values(dict)
}

export function dictEntries(dict: Dict): (readonly [Value, Value])[] {
  return dict instanceof MapDict ? [...dict.entries.values()] : Object.entries(dict)
}

/** What a view goes through. */
export function viewItems({ dict, of }: DictView): Value[] {
  if (of === 'keys') return dictKeys(dict)
  if (of === 'values') return dictValues(dict)
  return dictEntries(dict).map((entry) => new Tuple(entry))
}
