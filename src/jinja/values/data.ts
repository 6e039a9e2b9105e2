import { TemplateError } from '../template-error.js'
import { bind, placedAlone } from './bind.js'
import { dictEntries, dictSet, makeDict, viewItems } from './dict.js'
import { DataDict, DictView, isDict } from './mapping.js'
import { float, integer } from './numbers.js'
import { Bytes, Callable, Float, Host, Lazy, Markup, Range, Tuple, Undefined, type Value } from './values.js'

const deepest = 100
const largest = 2_000_000

/** A function of the host, by the names of its parameters. */
export interface HostFunction {
  /** The names, in order, by which keyword arguments find their place; `*` for any number, by place alone. */
  readonly parameters: readonly string[] | '*'
  readonly call: (...args: unknown[]) => unknown
}

/**
 * A copy of JSON-like data for a template: mappings lose their prototypes, functions and other live objects
 * stay outside. Nothing a template does can reach the original. JavaScript's undefined stays undefined: in a
 * mapping it is left out, in a list it becomes None.
 *
 * @throws TemplateError where data is too deep (or contains itself) or too large.
 */
export function fromData(data: unknown): Value {
  return copied(data, 0, { left: largest })
}

/** What a copy may still grow by. */
interface Room {
  left: number
}

function copied(data: unknown, depth: number, room: Room): Value {
  if (typeof data === 'string') return data
  if (typeof data === 'number') return fromNumber(data)
  if (typeof data === 'bigint') return integer(Number(data))
  if (typeof data !== 'object')
    return typeof data === 'function' || typeof data === 'symbol' ? undefined : data
  if (data === null) return data
  // Most of a render's data are plain objects, which need not be asked what else they are.
  if (Object.getPrototypeOf(data) === Object.prototype) return copiedObject(data, depth, room)
  if (Array.isArray(data)) return copiedList(data, depth, room)
  if (isValue(data)) return data
  if (data instanceof Date) return Number.isNaN(data.getTime()) ? null : data.toISOString()
  if (data instanceof Tuple) return new Tuple(copiedList(data.items, depth, room), data.names)
  return data instanceof Map ? copiedMap(data, depth, room) : copiedObject(data, depth, room)
}

/** Notes that a copy goes one level deeper, to so many parts. */
function enter(depth: number, parts: number, room: Room): void {
  if (depth > deepest) throw new TemplateError(`data is more than ${deepest} levels deep, or contains itself`)
  // A list that holds another twice, and so on for some levels, is small to write and endless to copy.
  room.left -= parts + 1
  if (room.left < 0) throw new TemplateError(`data has more than ${largest} parts`)
}

function copiedList(data: readonly unknown[], depth: number, room: Room): Value[] {
  enter(depth, data.length, room)
  const copy = new Array<Value>(data.length)
  for (let place = 0; place < data.length; place++) {
    const item = copied(data[place], depth + 1, room)
    copy[place] = item === undefined ? null : item
  }
  return copy
}

const ownKey = Object.prototype.hasOwnProperty

/** Most of a render's data are objects: copied key by key, since any list of their keys costs more than the copy. */
function copiedObject(data: object, depth: number, room: Room): Value {
  enter(depth, 0, room)
  const copy = new DataDict()
  let keys = 0
  for (const key in data) {
    // Called so, V8 knows the answer from the loop itself.
    if (!ownKey.call(data, key)) continue
    // What has many keys is kept in a Map, which knows how many without counting.
    if (++keys > 256) return copiedMap(new Map(Object.entries(data)), depth, room)
    const value = (data as Record<string, unknown>)[key]
    const made = typeof value === 'string' ? value : copied(value, depth + 1, room)
    if (made !== undefined) copy[key] = made
  }
  room.left -= keys
  return copy
}

function copiedMap(data: ReadonlyMap<unknown, unknown>, depth: number, room: Room): Value {
  enter(depth, data.size, room)
  const made = makeDict()
  for (const [key, value] of data) {
    const copy = typeof key === 'string' ? copied(value, depth + 1, room) : undefined
    if (copy !== undefined) dictSet(made, key, copy)
  }
  return made
}

/** JSON writes large floats with an exponent and large integers without: so do we tell them apart. */
function fromNumber(number: number): Value {
  return Number.isInteger(number) && Math.abs(number) < 1e21 ? integer(number) : float(number)
}

/** Whether an object is a value of the engine's own already, and cannot change. */
function isValue(data: object): boolean {
  return (
    data instanceof Markup ||
    data instanceof Float ||
    data instanceof Callable ||
    data instanceof Host ||
    data instanceof Range ||
    data instanceof Undefined ||
    data instanceof Bytes
  )
}

/** A host's function as a template calls it: arguments bound by place and name, the result copied. */
export function hostCallable(name: string, { parameters, call }: HostFunction): Callable {
  const optional = parameters === '*' ? '*' : parameters.map((parameter) => `${parameter.replace('?', '')}?`)
  return new Callable((args) => {
    const given = optional === '*' ? placedAlone(name, args) : bind(name, optional, args)
    const result = fromData(call(...given.map(toData)))
    return result === undefined ? null : result
  }, name)
}

/** A value as the host sees it: plain data, marked-up text a string, what is undefined undefined. */
export function toData(value: Value): unknown {
  return plain(value, 0, { left: largest })
}

/** Any data as JSON has it, and as a template would see it: functions and other live objects are left out. */
export function jsonLike(data: unknown): unknown {
  return toData(fromData(data))
}

function plain(value: Value, depth: number, budget: { left: number }): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth > deepest) throw new TemplateError(`a value is more than ${deepest} levels deep`)
  if (--budget.left < 0) throw new TemplateError(`a value has more than ${largest} parts`)
  if (value instanceof Markup) return value.html
  if (value instanceof Float) return value.value
  if (value instanceof Undefined || value instanceof Callable || value instanceof Host) return undefined
  const items = itemsIn(value)
  if (items) return Array.from(items, (item) => plain(item, depth + 1, budget))
  if (!isDict(value)) return undefined
  const made: Record<string, unknown> = Object.create(null)
  for (const [key, item] of dictEntries(value)) {
    if (typeof key === 'string' || typeof key === 'number') made[String(key)] = plain(item, depth + 1, budget)
  }
  return made
}

function itemsIn(value: object): Iterable<Value> | undefined {
  if (Array.isArray(value)) return value
  if (value instanceof Tuple) return value.items
  if (value instanceof Lazy) return value.items
  if (value instanceof DictView) return viewItems(value)
  if (value instanceof Range) return Array.from({ length: value.length }, (_, place) => value.at(place))
  return value instanceof Bytes ? value.bytes : undefined
}
