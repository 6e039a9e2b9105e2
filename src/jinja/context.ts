import type { CompiledTemplate, RenderFunction } from './compiler/compile.js'
import type { Globals } from './globals.js'
import { TemplateError } from './template-error.js'
import { Undefined, type Value } from './values/values.js'

/** The variables and blocks of one template while it renders. */
export class RenderContext {
  /** What the template was given. */
  readonly #given: ReadonlyMap<string, Value>
  readonly #globals: Globals
  /** What it set at its top. */
  readonly #set = new Map<string, Value>()
  readonly #exported = new Set<string>()
  /** By name: the block of the template itself first, then those of the ones it extends. */
  readonly #blocks = new Map<string, RenderFunction[]>()

  constructor(given: ReadonlyMap<string, Value>, globals: Globals) {
    this.#given = given
    this.#globals = globals
  }

  resolve(name: string): Value {
    if (this.#set.has(name)) return this.#set.get(name)
    if (this.#given.has(name)) return this.#given.get(name)
    const found = this.#globals.get(name)
    return found === undefined ? new Undefined(`'${name}' is undefined`) : found
  }

  /** Called by generated code, for what is set at the top of a template. */
  set(name: string, value: Value): void {
    this.#set.set(name, value)
  }

  /** As `set`, for what other templates can import. */
  export(name: string, value: Value): void {
    this.#set.set(name, value)
    this.#exported.add(name)
  }

  /** As `set`, for what this template imported itself. */
  setImported(name: string, value: Value): void {
    this.#set.set(name, value)
    this.#exported.delete(name)
  }

  /** The variables as they are now, for another template, with those that the place of the tag knows. */
  visible(locals: readonly (readonly [string, Value])[]): Map<string, Value> {
    const all = new Map(this.#given)
    for (const [name, value] of this.#set) all.set(name, value)
    for (const [name, value] of locals) if (value !== undefined) all.set(name, value)
    return all
  }

  /** What another template gets when it imports this one. */
  exported(): Map<string, Value> {
    return new Map([...this.#exported].map((name) => [name, this.#set.get(name)]))
  }

  addBlocks({ blocks }: CompiledTemplate): void {
    for (const [name, block] of blocks) {
      const known = this.#blocks.get(name)
      if (known) known.push(block)
      else this.#blocks.set(name, [block])
    }
  }

  /** The blocks of a name, the one that counts first. */
  blocks(name: string): readonly RenderFunction[] {
    return this.#blocks.get(name) ?? []
  }

  block(name: string, isRequired: boolean): RenderFunction {
    const [block, ...parents] = this.blocks(name)
    if (!block) throw new TemplateError(`there is no block named ${name}`)
    if (isRequired && parents.length === 0) {
      throw new TemplateError(`the block ${name} is required, and no template fills it`)
    }
    return block
  }

  /** The same template where more variables are known. */
  derived(locals: readonly (readonly [string, Value])[]): RenderContext {
    const made = new RenderContext(this.visible(locals), this.#globals)
    for (const [name, blocks] of this.#blocks) made.#blocks.set(name, [...blocks])
    return made
  }
}
