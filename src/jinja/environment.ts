import { type CompiledTemplate, compileTemplate } from './compiler/compile.js'
import type { Language } from './compiler/language.js'
import { filters } from './filters/filters.js'
import { builtInGlobals, type GlobalMaker, Globals } from './globals.js'
import { hostFilter, hostTag, hostTest } from './host.js'
import type { HostFilter, HostTag } from './host-parts.js'
import { Budget, type RenderBounds } from './limits.js'
import { createLoader } from './loader.js'
import { Runtime } from './runtime/runtime.js'
import type { UndefinedVariable } from './runtime/undefined.js'
import { createTests } from './tests/tests.js'
import { fromData, type HostFunction, hostCallable } from './values/data.js'
import { DataDict } from './values/mapping.js'
import type { Value } from './values/values.js'

export type { RenderBounds } from './limits.js'
export type { UndefinedVariable } from './runtime/undefined.js'
export type { HostFunction } from './values/data.js'
export { Markup } from './values/values.js'

/** What templates may reach. */
export interface EnvironmentOptions {
  /** The folders that templates are loaded from, first match first. None: no template can be loaded. */
  readonly folders: readonly string[]
  /** Filters beside the built-in ones, or in their place. */
  readonly filters?: Readonly<Record<string, HostFilter>>
  /** Tests beside the built-in ones: functions whose first parameter is the value, and that answer yes or no. */
  readonly tests?: Readonly<Record<string, HostFunction>>
  /** Functions, and data, that every template knows by name. */
  readonly globals?: Readonly<Record<string, unknown>>
  /** Tags beside the built-in ones. */
  readonly tags?: Readonly<Record<string, HostTag>>
  /** What one render may use. Default: see RenderBounds. */
  readonly bounds?: RenderBounds
  /** Whether the line break behind a block tag goes: Jinja2's `trim_blocks`. Default false. */
  readonly trimBlocks?: boolean
  /** Whether the white space before a block tag on its line goes: Jinja2's `lstrip_blocks`. Default false. */
  readonly lstripBlocks?: boolean
}

/** How one template is rendered. */
export interface RenderTemplateOptions {
  /** Whether values are escaped for HTML. */
  readonly autoescape: boolean
  /** Whether an undefined variable is an error. Default false. */
  readonly strictUndefined?: boolean
  /** Whether what is looked up in an undefined value is undefined too. Default false: that is an error. */
  readonly chainUndefined?: boolean
}

/** A rendered template. */
export interface RenderedTemplate {
  readonly text: string
  readonly undefinedVariables: readonly UndefinedVariable[]
}

/** The variables of a render. */
export interface TemplateVariables {
  /** A guarded copy, each time a new one: a render can change its lists, and so no other's. */
  readonly copy: () => ReadonlyMap<string, Value>
}

/** What renders templates. */
export interface TemplateEnvironment {
  /** Renders a file, named relative to the folders. Throws a TemplateError. */
  file(name: string, variables: TemplateVariables, options: RenderTemplateOptions): RenderedTemplate
  /** Renders a source; `name` stands for it in messages. Throws a TemplateError. */
  source(
    source: string,
    name: string,
    variables: TemplateVariables,
    options: RenderTemplateOptions,
  ): RenderedTemplate
}

/**
 * Copies what a template may see. Data is JSON-like; functions stay outside, but for those of `helpers`,
 * which become mappings of callables by name.
 */
export function templateVariables(
  data: Readonly<Record<string, unknown>>,
  helpers: Readonly<Record<string, Readonly<Record<string, HostFunction>>>> = {},
): TemplateVariables {
  const callables = Object.entries(helpers).map(([name, functions]) => {
    const members = new DataDict()
    for (const [key, host] of Object.entries(functions)) members[key] = hostCallable(`${name}.${key}`, host)
    return [name, members] as const
  })
  const make = () => {
    const variables = new Map<string, Value>()
    for (const [name, value] of Object.entries(data)) {
      const copy = fromData(value)
      if (copy !== undefined) variables.set(name, copy)
    }
    for (const [name, members] of callables) variables.set(name, members)
    return variables
  }
  let first: ReadonlyMap<string, Value> | undefined = make()
  return {
    copy: () => {
      const copy = first ?? make()
      first = undefined
      return copy
    },
  }
}

const cachedSources = 200

/**
 * Makes an environment: Jinja2's language on nunjucks' nodes, parser and compiler, in a sandbox of our own.
 * Environments share nothing that a template could change, and nothing global is changed.
 */
export function createEnvironment(options: EnvironmentOptions): TemplateEnvironment {
  const tags = mapped(options.tags, (tag) => hostTag(tag))
  const knownFilters = new Map([...filters, ...mapped(options.filters, hostFilter)])
  const language: Language = {
    filters: knownFilters,
    tests: new Map([...createTests({ filters: knownFilters }), ...mapped(options.tests, hostTest)]),
    tags,
    whitespace: { trimBlocks: options.trimBlocks ?? false, lstripBlocks: options.lstripBlocks ?? false },
  }
  const load = createLoader(options.folders, language)
  const globals = new Map([...builtInGlobals, ...mapped(options.globals, globalMaker)])
  const sources = new Map<string, CompiledTemplate>()

  function compiled(source: string, name: string): CompiledTemplate {
    // By the source itself: its hash is known, and a longer key's would be made for every render.
    const known = sources.get(source)
    if (known?.name === name) return known
    const template = compileTemplate(source, name, language)
    if (sources.size >= cachedSources) sources.delete(sources.keys().next().value ?? '')
    sources.set(source, template)
    return template
  }

  function run(
    template: CompiledTemplate,
    variables: TemplateVariables,
    { autoescape, strictUndefined = false, chainUndefined = false }: RenderTemplateOptions,
  ): RenderedTemplate {
    const budget = new Budget(options.bounds)
    const runtime = new Runtime({
      autoescape,
      strictUndefined,
      chainUndefined,
      budget,
      filters: language.filters,
      tests: language.tests,
      tags,
      globals: new Globals(globals, budget),
      load,
    })
    const text = runtime.render(template, variables.copy())
    return { text, undefinedVariables: runtime.undefinedVariables.list() }
  }

  return {
    file: (name, variables, how) => run(load(name), variables, how),
    source: (source, name, variables, how) => run(compiled(source, name), variables, how),
  }
}

function mapped<From, To>(
  record: Readonly<Record<string, From>> | undefined,
  convert: (value: From, name: string) => To,
): Map<string, To> {
  return new Map(Object.entries(record ?? {}).map(([name, value]) => [name, convert(value, name)]))
}

/** Data is copied for each render: what one does to a list, no other sees. */
function globalMaker(value: unknown, name: string): GlobalMaker {
  if (!isHostFunction(value)) return () => fromData(value) ?? null
  const callable = hostCallable(name, value)
  return () => callable
}

function isHostFunction(value: unknown): value is HostFunction {
  const { parameters, call } = Object(value) as Partial<HostFunction>
  return (parameters === '*' || Array.isArray(parameters)) && typeof call === 'function'
}
