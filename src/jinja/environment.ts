import { compileTemplate } from './compile-template.js'
import { filters as builtInFilters } from './filters.js'
import { createLoader } from './loader.js'
import { createRuntime, type UndefinedVariable } from './runtime.js'
import { callable, type Dict, dict, guarded, type HostFunction } from './values.js'

/** What templates may reach. */
export interface EnvironmentOptions {
  /** The folders that templates are loaded from, first match first. None: no template can be loaded. */
  readonly folders: readonly string[]
  /** Filters beside the built-in ones, by name; one of the same name wins. Default: none. */
  readonly filters?: Readonly<Record<string, HostFunction>>
}

/** How one template is rendered. */
export interface RenderTemplateOptions {
  /** Whether values are escaped for HTML. */
  readonly autoescape: boolean
  /** Whether an undefined variable is an error. Default false. */
  readonly strictUndefined?: boolean
}

/** A rendered template. */
export interface RenderedTemplate {
  readonly text: string
  readonly undefinedVariables: readonly UndefinedVariable[]
}

/** The variables of a render: a guarded copy, made once and read by as many renders as need it. */
export interface TemplateVariables {
  readonly variables: Dict
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
  const variables = dict(Object.entries(data).map(([name, value]) => [name, guarded(value)]))
  for (const [name, functions] of Object.entries(helpers)) {
    variables[name] = dict(
      Object.entries(functions).map(([key, host]) => [key, callable(`${name}.${key}`, host)]),
    )
  }
  return { variables }
}

const cachedSources = 200

/**
 * Makes an environment: nunjucks' language in a sandbox of our own. Environments share nothing, and nothing
 * global is changed.
 */
export function createEnvironment({ folders, filters: own = {} }: EnvironmentOptions): TemplateEnvironment {
  const filters = new Map([...builtInFilters, ...Object.entries(own).map(guardedFilter)])
  const load = createLoader(folders, filters)
  const sources = new Map<string, ReturnType<typeof compileTemplate>>()

  function compiled(source: string, name: string) {
    const key = `${name}\0${source}`
    const known = sources.get(key)
    if (known) return known
    const template = compileTemplate(source, name, filters)
    if (sources.size >= cachedSources) sources.delete(sources.keys().next().value ?? '')
    sources.set(key, template)
    return template
  }

  function run(
    template: ReturnType<typeof compileTemplate>,
    { variables }: TemplateVariables,
    { autoescape, strictUndefined = false }: RenderTemplateOptions,
  ): RenderedTemplate {
    const runtime = createRuntime({ autoescape, strictUndefined, load, filters })
    const text = runtime.render(template, variables)
    return { text, undefinedVariables: runtime.undefinedVariables() }
  }

  return {
    file: (name, variables, options) => run(load(name), variables, options),
    source: (source, name, variables, options) => run(compiled(source, name), variables, options),
  }
}

/** What a filter of the host gives is data like any other. */
function guardedFilter([name, { parameters, call }]: [string, HostFunction]): [string, HostFunction] {
  return [name, { parameters, call: (...args) => guarded(call(...args)) }]
}
