import type { FilterContext } from '../filters/filter.js'
import { TemplateError } from '../template-error.js'
import { splitArguments } from '../values/bind.js'
import { dictDelete, dictEntries, dictGet, dictSet, makeDict } from '../values/dict.js'
import { iterate, listOf } from '../values/iterate.js'
import { type Dict, DictView, isDict, MapDict } from '../values/mapping.js'
import { repr } from '../values/print.js'
import { Tuple, Undefined, type Value } from '../values/values.js'
import { method, methodTable } from './call.js'

function dictOf(value: Value): Dict {
  return isDict(value) ? value : new MapDict()
}

/** What templates may call on a mapping: Python's methods of dict. */
export const dictMethods = methodTable(dictOf, {
  get: method(':key :default?', (self, _context, key, fallback = null) => {
    const found = dictGet(self, key)
    return found === undefined ? fallback : found
  }),
  keys: method('', (self) => new DictView(self, 'keys')),
  values: method('', (self) => new DictView(self, 'values')),
  items: method('', (self) => new DictView(self, 'items')),
  copy: method('', (self, { budget }) => {
    const entries = dictEntries(self)
    budget.spend(entries.length)
    return makeDict(entries)
  }),
  pop: method(':key :default?', (self, { budget }, key, fallback) => {
    const found = dictDelete(self, key)
    if (found !== undefined) return found
    if (fallback !== undefined) return fallback
    throw new TemplateError(`the mapping has no key ${repr(key, budget).slice(0, 80)}`)
  }),
  popitem: method('', (self) => {
    const last = dictEntries(self).at(-1)
    if (!last) throw new TemplateError('popitem(): dictionary is empty')
    dictDelete(self, last[0])
    return new Tuple([...last])
  }),
  setdefault: method(':key :default?', (self, _context, key, fallback = null) => {
    const found = dictGet(self, key)
    if (found !== undefined) return found
    dictSet(self, key, fallback)
    return fallback
  }),
  fromkeys: method(':keys :value?', (_self, { budget }, keys, value = null) =>
    makeDict(listOf(keys, budget).map((key) => [key, value])),
  ),
  clear: method('', (self) => {
    for (const [key] of dictEntries(self)) dictDelete(self, key)
    return null
  }),
})

dictMethods.set('update', {
  parameters: '*',
  call: (context, self, placed, named) => {
    if (placed.length > 1) throw new TemplateError('update takes one mapping at most')
    const target = dictOf(self)
    if (placed.length === 1)
      for (const [key, value] of pairsOf(placed[0], context)) dictSet(target, key, value)
    for (const [key, value] of named) dictSet(target, key, value)
    return null
  },
})

/** The pairs of a mapping, or of a list of pairs. */
function pairsOf(value: Value, { budget }: Pick<FilterContext, 'budget'>): (readonly [Value, Value])[] {
  if (isDict(value)) {
    const entries = dictEntries(value)
    budget.spend(entries.length)
    return entries
  }
  if (value instanceof Undefined) return []
  return listOf(value, budget).map((pair) => {
    const [key, item, ...more] = [...iterate(pair)]
    if (key === undefined || item === undefined || more.length > 0) {
      throw new TemplateError('a mapping is made of pairs, each of a key and a value')
    }
    return [key, item]
  })
}

/** `dict(...)`: a mapping of another's pairs, and of the arguments by name. */
export function dictFromArguments(context: Pick<FilterContext, 'budget'>, args: readonly Value[]): MapDict {
  const { placed, named } = splitArguments(args)
  if (placed.length > 1) throw new TemplateError('dict takes one mapping or list of pairs at most')
  return makeDict([...(placed.length === 1 ? pairsOf(placed[0], context) : []), ...named])
}
