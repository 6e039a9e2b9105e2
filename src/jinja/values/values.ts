/**
 * What a value in a template can be. None is `null`, booleans and texts are JavaScript's; everything else is
 * one of the kinds below, and nothing else ever gets into a template. Nothing here has members that a
 * template could reach: look-ups go through `member.ts`, which knows every kind.
 *
 * | Python | here |
 * | --- | --- |
 * | None, bool, str | null, boolean, string |
 * | int | a number without a fraction |
 * | float | a number with a fraction, or a `Float` where it has none, or is infinite or not a number |
 * | list, tuple | an array, a `Tuple` |
 * | dict | a `DataDict` (from data) or a `MapDict` (made by a template), see dict.ts |
 * | range, generators, dict views | `Range`, `Lazy`, `DictView` |
 * | Markup | `Markup` |
 * | jinja2.Undefined | `Undefined` |
 * | functions, bound methods | `Callable` |
 * | namespace(), loop, cycler(), ... | `Host` |
 */
export type Value = unknown

/**
 * What is not there. It prints nothing, is false, has no items; anything else one does with it is an error
 * with this message. JavaScript's undefined is no value in a template: it means that an argument is not given.
 */
export class Undefined {
  constructor(
    /** Why it is not there: `'name' is undefined`. */
    readonly message: string,
    /** The name that was looked for, and in what, where it was. */
    readonly name = '',
    readonly within: Value = undefined,
  ) {}
}

/** A float that JavaScript could not tell from an integer: `2.0`, `inf`, `nan`. Made by `float()`. */
export class Float {
  constructor(readonly value: number) {}
}

/** A list that cannot be changed; `names` where its places have names, as a group's do. */
export class Tuple {
  constructor(
    readonly items: readonly Value[],
    readonly names: readonly string[] = [],
  ) {}
}

/** Text that is HTML already and must not be escaped again. */
export class Markup {
  constructor(readonly html: string) {}
}

/** Bytes, which a template gets from `encode`. */
export class Bytes {
  constructor(readonly bytes: Uint8Array) {}
}

/** The integers from `start` up to `stop`, in steps. */
export class Range {
  readonly length: number
  constructor(
    readonly start: number,
    readonly stop: number,
    readonly step: number,
  ) {
    this.length = Math.max(0, Math.ceil((stop - start) / step))
  }

  at(place: number): number {
    return this.start + place * this.step
  }
}

/** Items that are made while they are read, and can be read once: what Python's generators are. */
export class Lazy {
  readonly items: Iterable<Value>

  constructor(
    items: Iterator<Value>,
    /** What Python calls the kind, where a template can see it. */
    readonly kind: string = 'generator',
  ) {
    // Who stops early leaves the rest for the next reader; JavaScript's generators would end.
    const rest = { next: () => items.next() }
    this.items = { [Symbol.iterator]: () => rest }
  }
}

/** Arguments given by name, which stand last among a call's arguments. */
export class KeywordArguments {
  constructor(readonly values: ReadonlyMap<string, Value>) {}
}

/** The arguments of a call: by place, and those by name as one KeywordArguments at the end, where there are any. */
export type Arguments = readonly Value[]

/**
 * Something a template can call. JavaScript's own functions never get into a template: there is nothing on
 * a Callable that a look-up could reach, save the `members` it is given.
 */
export class Callable {
  constructor(
    readonly call: (args: Arguments) => Value,
    /** How errors and `repr` name it. */
    readonly name = 'function',
    readonly members: ReadonlyMap<string, Value> = new Map(),
  ) {}
}

/** A live object of the engine: `loop`, a namespace, a cycler, an imported template. */
export interface HostBehaviour {
  /** What Python calls its kind: `Namespace`. */
  readonly kind: string
  /** The member of that name; JavaScript's undefined where there is none. */
  readonly get: (name: string) => Value
  /** Whether `set object.name = ...` may change it. */
  readonly set?: (name: string, value: Value) => void
  /** Its text. */
  readonly print?: () => string
  /** What a call of the object itself does. */
  readonly call?: (args: Arguments) => Value
  /** What a loop over it goes through. */
  readonly items?: () => Iterable<Value>
  /** How many items it has. */
  readonly length?: () => number
  /** Whether it counts as true; all do where this is not given. */
  readonly truth?: () => boolean
}

export class Host {
  constructor(readonly behaviour: HostBehaviour) {}
}

/** The text behind a value that is text, marked up or not. */
export function textOf(value: Value): string | undefined {
  if (typeof value === 'string') return value
  return value instanceof Markup ? value.html : undefined
}

/** What values need of a render's budget. All of it throws a TemplateError where it is too much. */
export interface Bounds {
  /** Notes work: items gone through, values compared. */
  spend(steps: number): void
  /** Refuses a text that would be that long. */
  checkLength(characters: number): void
  /** Refuses a range of that many numbers. */
  checkRange(length: number): void
}
