import type { CompiledTemplate, RenderFunction } from '../compiler/compile.js'
import { RenderContext } from '../context.js'
import type { Globals } from '../globals.js'
import { TemplateError } from '../template-error.js'
import { Host, Tuple, textOf, Undefined, type Value } from '../values/values.js'
import type { Runtime } from './runtime.js'

/** Variables of the place where a tag stands. */
type Locals = readonly (readonly [name: string, value: Value])[]

/** Finds the template of that name, or throws a TemplateError of kind `missing`. */
export type LoadTemplate = (name: string) => CompiledTemplate

/** What templates take from one another in one render. */
export class Templates {
  readonly #load: LoadTemplate
  readonly #runtime: Runtime
  readonly #globals: Globals
  /** What is imported without context is the same wherever a render imports it. */
  readonly #modules = new Map<CompiledTemplate, TemplateModule>()

  constructor(load: LoadTemplate, runtime: Runtime, globals: Globals) {
    this.#load = load
    this.#runtime = runtime
    this.#globals = globals
  }

  /** A context in which a template starts. */
  context(given: ReadonlyMap<string, Value>): RenderContext {
    return new RenderContext(given, this.#globals)
  }

  /** Renders a template from its start. */
  render(template: CompiledTemplate, context: RenderContext): string {
    context.addBlocks(template)
    return this.#runtime.nested(() => template.root(context, this.#runtime, this.#runtime.autoescape))
  }

  include(name: Value, ignoresMissing: boolean, context: RenderContext | null, locals: Locals): string {
    const template = this.#find(name, ignoresMissing)
    if (!template) return ''
    if (!context) return this.#module(template).text
    return this.render(template, this.context(context.visible(locals)))
  }

  import(name: Value, context: RenderContext | null, locals: Locals): TemplateModule {
    const template = this.#find(name, false)
    if (!template) throw new TemplateError('a template is named by text')
    if (!context) return this.#module(template)
    return this.#import(template, this.context(context.visible(locals)))
  }

  #module(template: CompiledTemplate): TemplateModule {
    const known = this.#modules.get(template)
    if (known) return known
    const made = this.#import(template, this.context(new Map()))
    this.#modules.set(template, made)
    return made
  }

  #import(template: CompiledTemplate, context: RenderContext): TemplateModule {
    const text = this.render(template, context)
    return new TemplateModule(template.name, text, context.exported())
  }

  extend(name: Value, context: RenderContext, parent: CompiledTemplate | null): CompiledTemplate {
    if (parent) throw new TemplateError('a template extends one other template, not several')
    const template = this.#load(nameOf(name))
    context.addBlocks(template)
    return template
  }

  /** The template of a name, or of the first of several that there is. */
  #find(name: Value, ignoresMissing: boolean): CompiledTemplate | undefined {
    const list = Array.isArray(name) ? name : name instanceof Tuple ? name.items : [name]
    let missing: unknown = new TemplateError('there is no template to choose from', { kind: 'missing' })
    for (const each of list) {
      try {
        return this.#load(nameOf(each))
      } catch (thrown) {
        if (!(thrown instanceof TemplateError && thrown.kind === 'missing')) throw thrown
        missing = thrown
      }
    }
    if (ignoresMissing) return undefined
    throw missing
  }

  block(context: RenderContext, name: string, isRequired: boolean, locals: Locals | null): string {
    const block = context.block(name, isRequired)
    const inside = locals ? context.derived(locals) : context
    return this.#run(block, inside)
  }

  #run(block: RenderFunction, context: RenderContext): string {
    return this.#runtime.nested(() => block(context, this.#runtime, this.#runtime.autoescape))
  }

  /** What `super` means in a block: the one of the template above. */
  superBlock(context: RenderContext, name: string, block: RenderFunction): Value {
    return this.#blockAt(context, name, context.blocks(name).indexOf(block) + 1)
  }

  #blockAt(context: RenderContext, name: string, place: number): Value {
    const block = context.blocks(name)[place]
    if (!block) return new Undefined(`there is no template above with a block named ${name}`)
    return new Host({
      kind: 'BlockReference',
      get: (member) => (member === 'super' ? this.#blockAt(context, name, place + 1) : undefined),
      call: () => this.#runtime.captured(this.#run(block, context), this.#runtime.autoescape),
    })
  }

  /** What `self` means: the blocks of the template by name. */
  self(context: RenderContext): Value {
    return new Host({
      kind: 'TemplateReference',
      get: (name) => (context.blocks(name).length > 0 ? this.#blockAt(context, name, 0) : undefined),
    })
  }
}

/** A template as another one imports it. */
export class TemplateModule {
  /** As a value of the template. */
  readonly value: Host

  constructor(
    readonly name: string,
    readonly text: string,
    private readonly members: ReadonlyMap<string, Value>,
  ) {
    this.value = new Host({
      kind: 'TemplateModule',
      get: (member) => members.get(member),
      print: () => text,
    })
  }

  /** What `from ... import` takes. */
  exported(name: string): Value {
    return (
      this.members.get(name) ??
      new Undefined(`the template ${JSON.stringify(this.name)} has nothing named ${name} to import`)
    )
  }
}

function nameOf(name: Value): string {
  const text = textOf(name)
  if (text !== undefined) return text
  throw new TemplateError(name instanceof Undefined ? name.message : 'a template is named by text')
}
