import type { FilterContext } from '../filters/filter.js'
import { sorted } from '../filters/sorting.js'
import { TemplateError } from '../template-error.js'
import { equal } from '../values/compare.js'
import { iterate, listOf } from '../values/iterate.js'
import { repr } from '../values/print.js'
import { truthy } from '../values/truth.js'
import type { Bounds, Value } from '../values/values.js'
import { method, methodTable, whole } from './call.js'

function itemsOf(value: Value): Value[] {
  return Array.isArray(value) ? value : [...iterate(value)]
}

function count(self: readonly Value[], { budget }: FilterContext, item: Value): number {
  return self.filter((each) => equal(each, item, budget)).length
}

function index(self: readonly Value[], { budget }: FilterContext, item: Value, start?: Value, stop?: Value) {
  const from = fromStart(whole(start, 0), self.length)
  const to = fromStart(whole(stop, self.length), self.length)
  for (let at = from; at < to; at++) if (equal(self[at], item, budget)) return at
  throw notThere(item, budget)
}

function fromStart(place: number, length: number): number {
  return Math.min(length, Math.max(0, place < 0 ? place + length : place))
}

function notThere(item: Value, bounds: Bounds): TemplateError {
  return new TemplateError(`${repr(item, bounds).slice(0, 80)} is not in list`)
}

/** What templates may call on a list: Python's methods. Those that change it change it for all who hold it. */
export const listMethods = methodTable(itemsOf, {
  append: method(':item', (self, _context, item) => {
    self.push(item)
    return null
  }),
  extend: method(':items', (self, { budget }, items) => {
    for (const item of listOf(items, budget)) self.push(item)
    return null
  }),
  insert: method(':place :item', (self, { budget }, place, item) => {
    budget.spend(self.length >> 6)
    self.splice(fromStart(whole(place), self.length), 0, item)
    return null
  }),
  pop: method(':place?', (self, { budget }, place) => {
    const at = whole(place, -1)
    if (self.length === 0) throw new TemplateError('pop from empty list')
    if (at >= self.length || at < -self.length) throw new TemplateError('pop index out of range')
    budget.spend(at === -1 ? 0 : self.length >> 6)
    return self.splice(at, 1)[0]
  }),
  remove: method(':item', (self, { budget }, item) => {
    const at = self.findIndex((each) => equal(each, item, budget))
    if (at < 0) throw notThere(item, budget)
    self.splice(at, 1)
    return null
  }),
  clear: method('', (self) => {
    self.length = 0
    return null
  }),
  copy: method('', (self, { budget }) => {
    budget.spend(self.length)
    return [...self]
  }),
  reverse: method('', (self, { budget }) => {
    budget.spend(self.length)
    self.reverse()
    return null
  }),
  sort: method('key? reverse?', (self, context, key = null, reverse = false) => {
    const by = key === null ? (item: Value) => item : (item: Value) => context.call(key, [item])
    const ordered = sorted([...self], by, truthy(reverse), context.budget)
    ordered.forEach((item, place) => {
      self[place] = item
    })
    return null
  }),
  count: method(':item', count),
  index: method(':item :start? :stop?', index),
})

/** What templates may call on a tuple or a range. */
export const tupleMethods = methodTable(itemsOf, {
  count: method(':item', count),
  index: method(':item :start? :stop?', index),
})
