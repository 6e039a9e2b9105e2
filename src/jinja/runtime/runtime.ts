import type { CompiledTemplate, RenderFunction } from '../compiler/compile.js'
import type { RenderContext } from '../context.js'
import { applyFilter, applyTest, type Filter, type FilterContext, type Test } from '../filters/filter.js'
import type { Globals } from '../globals.js'
import type { Budget } from '../limits.js'
import { locate, type NamedPlace, TemplateError } from '../template-error.js'
import { compare, contains, equal } from '../values/compare.js'
import { makeDict } from '../values/dict.js'
import { escapeHtml } from '../values/escape.js'
import { iterate, listOf } from '../values/iterate.js'
import { attribute, functionsOf, item } from '../values/member.js'
import * as operators from '../values/operators.js'
import { str } from '../values/print.js'
import { slice } from '../values/slice.js'
import { truthy } from '../values/truth.js'
import { type Arguments, Callable, Host, Markup, Tuple, Undefined, type Value } from '../values/values.js'
import { keywordPairs, namedArguments, unpack } from './arguments.js'
import { LoopState } from './loop.js'
import { createMacro, type MacroShape } from './macro.js'
import type { OwnTag } from './own-tag.js'
import { type LoadTemplate, type TemplateModule, Templates } from './templates.js'
import { UndefinedVariables } from './undefined.js'

/** What a render needs beside the template and its variables. */
export interface RuntimeOptions {
  readonly autoescape: boolean
  readonly strictUndefined: boolean
  readonly chainUndefined: boolean
  readonly budget: Budget
  readonly filters: ReadonlyMap<string, Filter>
  readonly tests: ReadonlyMap<string, Test>
  readonly tags: ReadonlyMap<string, OwnTag>
  readonly globals: Globals
  readonly load: LoadTemplate
}

type Locals = readonly (readonly [string, Value])[]

/**
 * What generated code calls. One a render: it counts what that render uses. A class, since its methods are
 * called for every piece of a template and their code is then the same for all renders.
 */
export class Runtime {
  readonly autoescape: boolean
  readonly undefinedVariables: UndefinedVariables
  /** What an inline `if` without `else` gives. */
  readonly nothing = new Undefined('the condition is false, and there is no else')
  readonly #budget: Budget
  readonly #options: RuntimeOptions
  readonly #templates: Templates
  readonly #escaping: FilterContext
  readonly #plain: FilterContext

  readonly truthy = truthy
  readonly subtract = operators.subtract
  readonly divide = operators.divide
  readonly floorDivide = operators.floorDivide
  readonly power = operators.power
  readonly negative = operators.negative
  readonly positive = operators.positive
  readonly dict = makeDict
  readonly pairs = keywordPairs
  readonly named = namedArguments

  constructor(options: RuntimeOptions) {
    this.#options = options
    this.autoescape = options.autoescape
    this.#budget = options.budget
    this.undefinedVariables = new UndefinedVariables(options.strictUndefined)
    this.#templates = new Templates(options.load, this, options.globals)
    this.#escaping = this.#context(true)
    this.#plain = this.#context(false)
  }

  #context(autoescape: boolean): FilterContext {
    return {
      autoescape,
      budget: this.#budget,
      chainUndefined: this.#options.chainUndefined,
      call: (callee, args) => this.#call(callee, args),
      filter: (name, value, args) => this.filter(name, value, args, autoescape),
      test: (name, value, args) => this.test(name, value, args, autoescape),
    }
  }

  /** What generated code throws: the error, with the place where it happened. */
  locate(thrown: unknown, { template, line, column }: NamedPlace): TemplateError {
    return locate(thrown, { template, line, column })
  }

  /** A value as it stands in the result. */
  output(value: Value, autoescape: boolean, place: NamedPlace): string {
    if (typeof value === 'string') {
      this.#budget.checkLength(value.length)
      return autoescape ? escapeHtml(value) : value
    }
    if (value instanceof Markup) return value.html
    if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
    if (value instanceof Undefined) {
      if (value !== this.nothing) this.undefinedVariables.note(place)
      return ''
    }
    const text = str(value, this.#budget)
    return autoescape ? escapeHtml(text) : text
  }

  outputAsIs(value: Value): string {
    return str(value, this.#budget)
  }

  /** What a called macro gives; anything else is escaped. */
  outputCall(value: Value, autoescape: boolean): string {
    const text = str(value, this.#budget)
    return autoescape && !(value instanceof Markup) ? escapeHtml(text) : text
  }

  /** What a tag's body gave, as a value. */
  captured(text: string, autoescape: boolean): Value {
    this.#budget.checkLength(text.length)
    return autoescape ? new Markup(text) : text
  }

  /** The value, after a note where it is undefined. */
  defined(value: Value, place: NamedPlace): Value {
    if (value instanceof Undefined && value !== this.nothing) this.undefinedVariables.note(place)
    return value
  }

  notThere(name: string): Undefined {
    return new Undefined(`'${name}' is undefined`)
  }

  notGiven(name: string): Undefined {
    return new Undefined(`the parameter ${name} was not given`)
  }

  attribute(value: Value, name: string): Value {
    return attribute(this.#plain, value, name)
  }

  item(value: Value, key: Value): Value {
    return item(this.#plain, value, key)
  }

  slice(value: Value, start: Value, stop: Value, step: Value): Value {
    return slice(value, start, stop, step, this.#budget)
  }

  tuple(items: readonly Value[]): Tuple {
    return new Tuple(items)
  }

  setMember(target: Value, name: string, value: Value): void {
    const set = target instanceof Host ? target.behaviour.set : undefined
    if (!set) throw new TemplateError('only the members of a namespace can be set')
    set(name, value)
  }

  add(a: Value, b: Value): Value {
    return operators.add(a, b, this.#budget)
  }
  multiply(a: Value, b: Value): Value {
    return operators.multiply(a, b, this.#budget)
  }
  modulo(a: Value, b: Value): Value {
    return operators.modulo(a, b, this.#budget)
  }
  concat(values: readonly Value[], autoescape: boolean): Value {
    return operators.concat(values, autoescape, this.#budget)
  }
  equal(a: Value, b: Value): boolean {
    return equal(a, b, this.#budget)
  }
  unequal(a: Value, b: Value): boolean {
    return !equal(a, b, this.#budget)
  }
  less(a: Value, b: Value): boolean {
    return compare(a, '<', b, this.#budget)
  }
  lessOrEqual(a: Value, b: Value): boolean {
    return compare(a, '<=', b, this.#budget)
  }
  greater(a: Value, b: Value): boolean {
    return compare(a, '>', b, this.#budget)
  }
  greaterOrEqual(a: Value, b: Value): boolean {
    return compare(a, '>=', b, this.#budget)
  }
  isIn(value: Value, container: Value): boolean {
    return contains(container, value, this.#budget)
  }
  isNotIn(value: Value, container: Value): boolean {
    return !contains(container, value, this.#budget)
  }

  call(callee: Value, args: Arguments, place: NamedPlace): Value {
    if (callee instanceof Callable || (callee instanceof Host && callee.behaviour.call)) {
      return this.#call(callee, args)
    }
    const missing = callee instanceof Undefined ? callee : null
    throw new TemplateError(
      `${place.name} is ${missing ? 'undefined' : 'no function'}, so it cannot be called`,
      missing?.name ? { unknown: { name: missing.name, known: functionsOf(missing.within) } } : {},
    )
  }

  #call(callee: Value, args: Arguments): Value {
    this.#budget.spend(1)
    const call =
      callee instanceof Callable ? callee.call : callee instanceof Host ? callee.behaviour.call : undefined
    if (!call) throw new TemplateError('what is no function cannot be called')
    return call(args)
  }

  spread(value: Value): Value[] {
    return listOf(value, this.#budget)
  }

  filter(name: string, value: Value, args: Arguments, autoescape: boolean): Value {
    const filter = this.#options.filters.get(name)
    this.#budget.spend(1)
    if (!filter) throw this.#unknown('filter', name, this.#options.filters)
    return applyFilter(name, filter, autoescape ? this.#escaping : this.#plain, value, args)
  }

  test(name: string, value: Value, args: Arguments, autoescape: boolean): boolean {
    const test = this.#options.tests.get(name)
    this.#budget.spend(1)
    if (!test) throw this.#unknown('test', name, this.#options.tests)
    return applyTest(name, test, autoescape ? this.#escaping : this.#plain, value, args)
  }

  #unknown(kind: string, name: string, known: ReadonlyMap<string, unknown>): TemplateError {
    return new TemplateError(`there is no ${kind} named ${JSON.stringify(name.slice(0, 40))}`, {
      unknown: { name, known: [...known.keys()] },
    })
  }

  iterate(value: Value): Iterable<Value> {
    return iterate(value)
  }

  /** The items that pass a test when their turn comes. */
  *filtered(value: Value, test: (item: Value) => boolean): Iterable<Value> {
    for (const each of iterate(value)) {
      this.#budget.spend(1)
      if (test(each)) yield each
    }
  }

  /** Called once a round of a loop, with how much its function has written. */
  round(written: number): void {
    this.#budget.spend(1)
    this.#budget.checkLength(written)
  }

  loop(
    value: Value,
    items: Iterable<Value>,
    isFiltered: boolean,
    depth: number,
    again?: (items: Value, depth: number) => string,
    autoescape = false,
  ): LoopState {
    const recur = again && ((inner: Value) => this.captured(again(inner, depth + 1), autoescape))
    return new LoopState({ bounds: this.#budget, value, items, isFiltered, depth, again: recur })
  }

  unpack(value: Value, count: number): readonly Value[] {
    return unpack(value, count)
  }

  nested(work: () => string): string {
    const text = this.#budget.nest(work)
    this.#budget.checkLength(text.length)
    return text
  }

  macro(
    name: string | null,
    shape: MacroShape,
    autoescape: boolean,
    run: (...values: Value[]) => string,
  ): Host {
    return createMacro(name, shape, autoescape, (values) => this.nested(() => run(...values)))
  }

  ownTag(name: string, args: Arguments, body: Value, autoescape: boolean, place: NamedPlace): string {
    const tag = this.#options.tags.get(name)
    if (!tag) throw new TemplateError(`there is no tag named ${name}`)
    this.#budget.spend(1)
    return this.output(tag.render(args, body), autoescape, place)
  }

  include(name: Value, ignoresMissing: boolean, context: RenderContext | null, locals: Locals): string {
    return this.#templates.include(name, ignoresMissing, context, locals)
  }
  import(name: Value, context: RenderContext | null, locals: Locals): TemplateModule {
    return this.#templates.import(name, context, locals)
  }
  extend(name: Value, context: RenderContext, parent: CompiledTemplate | null): CompiledTemplate {
    return this.#templates.extend(name, context, parent)
  }
  block(context: RenderContext, name: string, isRequired: boolean, locals: Locals | null): string {
    return this.#templates.block(context, name, isRequired, locals)
  }
  superBlock(context: RenderContext, name: string, block: RenderFunction): Value {
    return this.#templates.superBlock(context, name, block)
  }
  self(context: RenderContext): Value {
    return this.#templates.self(context)
  }

  /** Renders a template from its start. */
  render(template: CompiledTemplate, variables: ReadonlyMap<string, Value>): string {
    return this.#templates.render(template, this.#templates.context(variables))
  }
}
