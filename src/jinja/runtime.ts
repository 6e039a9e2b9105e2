import nunjucksRuntime, { type Frame } from 'nunjucks/src/runtime.js'
import type { CompiledTemplate } from './compile-template.js'
import { RenderContext } from './context.js'
import { tests } from './filters.js'
import { globals } from './globals.js'
import { Budget } from './limits.js'
import { listOf } from './list-filters.js'
import { calledMember, member } from './methods.js'
import { operators } from './operators.js'
import { locate, TemplateError, type TemplateLocation } from './template-error.js'
import {
  bind,
  Callable,
  type Dict,
  dict,
  escapeHtml,
  type HostFunction,
  isDict,
  KeywordArguments,
  Markup,
  print,
  stringOf,
  truthy,
} from './values.js'

/** A variable that a template printed, filtered or looped over although it is not there. */
export interface UndefinedVariable extends TemplateLocation {
  /** As the template writes it: `incident.severity`. */
  readonly name: string
}

/** What a render needs beside the template and its variables. */
interface RuntimeOptions {
  readonly autoescape: boolean
  readonly strictUndefined: boolean
  /** Finds the template of that name, or throws a TemplateError of kind `missing`. */
  readonly load: (name: string) => CompiledTemplate
  /** All filters by name. */
  readonly filters: ReadonlyMap<string, HostFunction>
}

/** What generated code calls. One a render: it counts what that render uses. */
export type Runtime = ReturnType<typeof createRuntime>

/** Makes the runtime of one render. */
export function createRuntime({ autoescape, strictUndefined, load, filters }: RuntimeOptions) {
  const budget = new Budget()
  const shared = globals(budget)
  const undefinedVariables = new Map<string, UndefinedVariable>()

  /** Notes a value that is not there, or refuses it when the render is strict. */
  function defined(value: unknown, name: string, template: string, line: number, column: number): unknown {
    if (value !== undefined) return value
    const location = { template, line: line + 1, column: column + 1 }
    if (strictUndefined) throw new TemplateError(`${name} is undefined`, { kind: 'undefined', location })
    undefinedVariables.set(`${name} ${template}:${line}:${column}`, { name, ...location })
    return undefined
  }

  function loadByName(name: unknown): CompiledTemplate {
    const text = stringOf(name)
    if (text === undefined) throw new TemplateError('a template is named by text')
    return load(text)
  }

  function start(template: CompiledTemplate, variables: Dict, parent?: Frame) {
    const context = new RenderContext(variables, shared, template)
    const frame = parent ? parent.push(true) : new nunjucksRuntime.Frame()
    frame.topLevel = true
    return { context, text: budget.nest(() => template.root(context, frame, runtime)) }
  }

  const runtime = {
    ...charged(budget),
    Frame: nunjucksRuntime.Frame,
    SafeString: Markup,
    dict,
    locate: (thrown: unknown, template: string, line: number | null, column: number | null) =>
      locate(thrown, template, line === null ? null : line + 1, column === null ? null : column + 1),
    truthy,
    member,
    calledMember(value: unknown, key: unknown): unknown {
      budget.spend(weight(value))
      return calledMember(value, key)
    },
    defined,
    keywords: (values: Dict) => new KeywordArguments(values),
    text: (text: string) => budget.write(text),

    output(value: unknown, name: string, template: string, line: number, column: number): string {
      const found = defined(value, name, template, line, column)
      if (found instanceof Markup) return budget.write(found.html)
      const text = print(found)
      return budget.write(autoescape ? escapeHtml(text) : text)
    },

    lookup(context: RenderContext, frame: Frame, name: string): unknown {
      const found = frame.lookup(name)
      return found === undefined ? context.lookup(name) : found
    },

    call(callee: unknown, name: string, args: readonly unknown[]): unknown {
      budget.spend(1 + weights(args))
      if (callee instanceof Callable) return callee.call(args)
      throw new TemplateError(
        `${name} is ${callee === undefined ? 'undefined' : 'no function'}, so it cannot be called`,
      )
    },

    filter(name: string, args: readonly unknown[]): unknown {
      const filter = filters.get(name)
      budget.spend(1 + weights(args))
      return filter?.call(...bind(name, filter.parameters, args))
    },

    test(name: string, args: readonly unknown[]): boolean {
      const test = tests.get(name)
      budget.spend(1 + weights(args))
      return test?.call(...bind(name, test.parameters, args)) === true
    },

    /** What a loop goes through; two names over a mapping mean its keys and values. */
    iterate(value: unknown, names: number, name: string, template: string, line: number, column: number) {
      const found = defined(value, name, template, line, column)
      const items = names > 1 && isDict(found) ? Object.entries(found) : listOf(found)
      budget.spend(items.length)
      return items
    },

    unpack: (item: unknown, place: number) =>
      Array.isArray(item) || isDict(item) ? member(item, place) : undefined,

    loop: (index: number, length: number) =>
      dict([
        ['index', index + 1],
        ['index0', index],
        ['revindex', length - index],
        ['revindex0', length - index - 1],
        ['first', index === 0],
        ['last', index === length - 1],
        ['length', length],
      ]),

    /** Called by generated code: the parameters come by place or name, the others in `keywords`. */
    makeMacro(names: readonly string[], keywords: readonly string[], body: (...args: unknown[]) => unknown) {
      return new Callable((args) => {
        const last = args.at(-1)
        const given = dict(last instanceof KeywordArguments ? Object.entries(last.values) : [])
        const placed = last instanceof KeywordArguments ? args.slice(0, -1) : args
        const values = names.map((name, place) => (place < placed.length ? placed[place] : given[name]))
        keywords.forEach((name, place) => {
          const index = names.length + place
          if (index < placed.length) given[name] = placed[index]
        })
        return budget.nest(() => body(...values, given))
      })
    },

    include(name: unknown, ignoreMissing: boolean, context: RenderContext, frame: Frame): string {
      try {
        return start(loadByName(name), context.variables(), frame).text
      } catch (thrown) {
        const missing = thrown instanceof TemplateError && thrown.kind === 'missing' && !thrown.location
        if (ignoreMissing && missing) return ''
        throw thrown
      }
    },

    extend(name: unknown, context: RenderContext): CompiledTemplate {
      const template = loadByName(name)
      context.addBlocks(template)
      return { ...template, root: (...args) => budget.nest(() => template.root(...args)) }
    },

    import: (name: unknown, context: RenderContext | null): Dict =>
      start(loadByName(name), context ? context.variables() : dict()).context.exported(),

    exported(imported: Dict, name: string): unknown {
      if (name in imported) return imported[name]
      throw new TemplateError(`the template has nothing named ${name} to import`, {
        unknown: { name, known: Object.keys(imported) },
      })
    },

    /** Renders a template from its start. */
    render: (template: CompiledTemplate, variables: Dict): string => start(template, variables).text,

    undefinedVariables: (): readonly UndefinedVariable[] => [...undefinedVariables.values()],
  }
  return runtime
}

/** The operators, each paid for by the size of what it works on. */
function charged(budget: Budget): typeof operators {
  const { compare, contains, ...others } = operators
  const paid = Object.entries(others).map(([name, operator]: [string, Operator]) => [
    name,
    (left: unknown, right: unknown) => {
      budget.spend(weight(left) + weight(right))
      return operator(left, right)
    },
  ])
  return {
    ...others,
    ...Object.fromEntries(paid),
    contains(item, whole) {
      budget.spend(weight(item) + weight(whole))
      return contains(item, whole)
    },
    compare(first, signs, rest) {
      budget.spend(weight(first) + weights(rest))
      return compare(first, signs, rest)
    },
  }
}

type Operator = (left: unknown, right: unknown) => unknown

/** How much work there is with a value, in steps. */
function weight(value: unknown): number {
  if (Array.isArray(value)) return value.length
  const text = stringOf(value)
  return text === undefined ? 0 : Math.floor(text.length / 1000)
}

function weights(values: readonly unknown[]): number {
  return values.reduce((sum: number, value) => sum + weight(value), 0)
}
