import { TemplateError } from '../template-error.js'
import { equal } from '../values/compare.js'
import { sizeOf } from '../values/iterate.js'
import { type Arguments, type Bounds, Callable, Host, Undefined, type Value } from '../values/values.js'

interface LoopOptions {
  readonly bounds: Bounds
  /** What the loop goes through: counted from it where it has a length. */
  readonly value: Value
  readonly items: Iterable<Value>
  readonly isFiltered: boolean
  readonly depth: number
  readonly again: ((items: Value) => Value) | undefined
}

/**
 * Where a loop is: what `loop` means in it. Items are read one ahead at most, and only when something asks for
 * what is ahead, since what a loop goes through can depend on what its body did.
 */
export class LoopState {
  current: Value
  index0 = -1
  readonly #options: LoopOptions
  /** What is gone through where that is a list: it needs no reading ahead. */
  readonly #list: readonly Value[] | undefined
  readonly #iterator: Iterator<Value>
  readonly #ahead: Value[] = []
  #previous: Value
  #length: number | undefined
  #seen: Arguments | undefined
  #host: Host | undefined

  constructor(options: LoopOptions) {
    this.#options = options
    this.#list = Array.isArray(options.items) ? options.items : undefined
    this.#iterator = options.items[Symbol.iterator]()
  }

  /** Goes on to the next item, where there is one. */
  advance(): boolean {
    if (this.#list) {
      if (this.index0 + 1 >= this.#list.length) return false
      this.#previous = this.current
      this.current = this.#list[++this.index0]
      return true
    }
    const next = this.#ahead.length > 0 ? { done: false, value: this.#ahead.shift() } : this.#iterator.next()
    if (next.done) return false
    this.#previous = this.current
    this.current = next.value
    this.index0++
    return true
  }

  get index(): number {
    return this.index0 + 1
  }
  get depth(): number {
    return this.#options.depth + 1
  }
  get depth0(): number {
    return this.#options.depth
  }
  get first(): boolean {
    return this.index0 === 0
  }
  get last(): boolean {
    return !this.#look()
  }
  get revindex(): number {
    return this.length - this.index0
  }
  get revindex0(): number {
    return this.length - this.index0 - 1
  }
  get previtem(): Value {
    return this.first ? new Undefined('there is no previous item') : this.#previous
  }
  get nextitem(): Value {
    if (!this.#look()) return new Undefined('there is no next item')
    return this.#list ? this.#list[this.index] : this.#ahead[0]
  }

  get length(): number {
    this.#length ??= this.#options.isFiltered ? undefined : sizeOf(this.#options.value)
    if (this.#length === undefined) {
      for (let next = this.#iterator.next(); !next.done; next = this.#iterator.next()) {
        this.#options.bounds.spend(1)
        this.#ahead.push(next.value)
      }
      this.#length = this.index0 + 1 + this.#ahead.length
    }
    return this.#length
  }

  /** Reads one item ahead. */
  #look(): boolean {
    if (this.#list) return this.index0 + 1 < this.#list.length
    if (this.#ahead.length > 0) return true
    const next = this.#iterator.next()
    if (!next.done) this.#ahead.push(next.value)
    return !next.done
  }

  /** The loop as a value of the template. */
  get value(): Host {
    this.#host ??= new Host({
      kind: 'LoopContext',
      get: (name) => this.#member(name),
      print: () => `<LoopContext ${this.index}/${this.length}>`,
      length: () => this.length,
      truth: () => true,
      call: ([items]) => {
        const { again } = this.#options
        if (again) return again(items)
        throw new TemplateError('a loop can only be called where it is marked as recursive')
      },
    })
    return this.#host
  }

  #member(name: string): Value {
    if (name === 'cycle') return new Callable((args) => this.#cycle(args), 'cycle')
    if (name === 'changed') return new Callable((args) => this.#changed(args), 'changed')
    return members.get(name)?.(this)
  }

  #cycle(args: Arguments): Value {
    if (args.length === 0) throw new TemplateError('loop.cycle needs something to choose from')
    return args[this.index0 % args.length]
  }

  /** Whether the values are others than when it was asked last. */
  #changed(args: Arguments): boolean {
    const seen = this.#seen
    this.#seen = args
    const { bounds } = this.#options
    return !(
      seen &&
      seen.length === args.length &&
      args.every((argument, place) => equal(argument, seen[place], bounds))
    )
  }
}

const members = new Map<string, (loop: LoopState) => Value>([
  ['index', (loop) => loop.index],
  ['index0', (loop) => loop.index0],
  ['revindex', (loop) => loop.revindex],
  ['revindex0', (loop) => loop.revindex0],
  ['first', (loop) => loop.first],
  ['last', (loop) => loop.last],
  ['length', (loop) => loop.length],
  ['depth', (loop) => loop.depth],
  ['depth0', (loop) => loop.depth0],
  ['previtem', (loop) => loop.previtem],
  ['nextitem', (loop) => loop.nextitem],
])
