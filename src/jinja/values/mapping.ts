import type { Value } from './values.js'

/** A mapping that came from data: its prototype has nothing, so that a key finds own data or nothing. */
export class DataDict {
  [key: string]: Value

  static {
    // JavaScript keeps objects without any prototype in a slower form than those with an empty one.
    Object.setPrototypeOf(DataDict.prototype, null)
    Reflect.deleteProperty(DataDict.prototype, 'constructor')
    Object.freeze(DataDict.prototype)
  }
}

/** A mapping that a template made: any value that does not change can be a key, and keys keep their order. */
export class MapDict {
  readonly entries = new Map<unknown, [key: Value, value: Value]>()
}

export type Dict = DataDict | MapDict

/** One of a mapping's views: `d.keys()`, `d.values()`, `d.items()`. */
export class DictView {
  constructor(
    readonly dict: Dict,
    readonly of: 'keys' | 'values' | 'items',
  ) {}
}

/** Whether a value is a mapping. */
export function isDict(value: Value): value is Dict {
  return value instanceof DataDict || value instanceof MapDict
}
