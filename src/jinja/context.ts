import type { CompiledTemplate, RenderFunction } from './compile-template.js'
import { TemplateError } from './template-error.js'
import { type Dict, dict } from './values.js'

/** The variables and blocks of one template while it renders. */
export class RenderContext {
  readonly #variables: Dict
  readonly #globals: Dict
  readonly #exported = new Set<string>()
  /** By name: the block of the template itself first, then those of the ones it extends. */
  readonly #blocks = new Map<string, RenderFunction[]>()

  constructor(variables: Dict, globals: Dict, template: CompiledTemplate) {
    this.#variables = dict(Object.entries(variables))
    this.#globals = globals
    this.addBlocks(template)
  }

  lookup(name: string): unknown {
    const found = this.#variables[name]
    return found === undefined ? this.#globals[name] : found
  }

  /** Called by generated code, for `set` and macros at the top of a template. */
  setVariable(name: string, value: unknown): void {
    this.#variables[name] = value
  }

  /** The variables as they are now, for a template that this one includes. */
  variables(): Dict {
    return this.#variables
  }

  addExport(name: string): void {
    this.#exported.add(name)
  }

  /** What another template gets when it imports this one. */
  exported(): Dict {
    return dict([...this.#exported].map((name) => [name, this.#variables[name]]))
  }

  addBlocks(template: CompiledTemplate): void {
    for (const [name, block] of template.blocks) {
      this.#blocks.set(name, [...(this.#blocks.get(name) ?? []), block])
    }
  }

  block(name: string): RenderFunction {
    const [block] = this.#blocks.get(name) ?? []
    if (!block) throw new TemplateError(`there is no block named ${name}`)
    return block
  }

  superBlock(name: string, block: RenderFunction): RenderFunction {
    const all = this.#blocks.get(name) ?? []
    const parent = all[all.indexOf(block) + 1]
    if (!parent)
      throw new TemplateError(`no template above has a block named ${name}, so super() has nothing to give`)
    return parent
  }
}
