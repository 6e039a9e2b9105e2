import { bounded } from './limits.js'
import { TemplateError } from './template-error.js'

/** A mapping in a template: no prototype, so that a name finds own data or nothing. */
export type Dict = { [key: string]: unknown }

/** Text that is HTML already and must not be escaped again. */
export class Markup {
  constructor(readonly html: string) {}
}

/** Arguments given by name, which stand last among a call's arguments. */
export class KeywordArguments {
  constructor(readonly values: Dict) {}
}

/**
 * Something a template can call. JavaScript's own functions never get into a template: there is nothing on
 * a Callable that a look-up could reach.
 */
export class Callable {
  constructor(readonly call: (args: readonly unknown[]) => unknown) {}
}

/** A function of the host, by the names of its parameters. */
export interface HostFunction {
  /** The names, in order, by which keyword arguments find their place. */
  readonly parameters: readonly string[]
  readonly call: (...args: unknown[]) => unknown
}

/** A mapping of the given pairs. */
export function dict(pairs: Iterable<readonly [string, unknown]> = []): Dict {
  const made: Dict = Object.create(null)
  for (const [key, value] of pairs) made[key] = value
  return made
}

/** Whether a value in a template is a mapping. */
export function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null
}

/** The string behind a value that is one, marked up or not. */
export function stringOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return value instanceof Markup ? value.html : undefined
}

const deepest = 100
const largest = 2_000_000

/**
 * A copy of JSON-like data for a template to read: mappings lose their prototypes, functions and other live
 * objects stay outside. Nothing a template does can reach the original.
 */
export function guarded(value: unknown): unknown {
  return copied(value, 0, { left: largest })
}

function copied(value: unknown, depth: number, budget: { left: number }): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? undefined : value
  if (value instanceof Markup || value instanceof Callable) return value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (depth > deepest) throw new TemplateError(`data is more than ${deepest} levels deep, or contains itself`)
  // A list that holds another twice, and so on for some levels, is small to write and endless to copy.
  if (--budget.left < 0) throw new TemplateError(`data has more than ${largest} parts`)
  if (Array.isArray(value)) return value.map((item) => copied(item, depth + 1, budget))
  const copy: Dict = Object.create(null)
  for (const key of Object.keys(value)) copy[key] = copied((value as Dict)[key], depth + 1, budget)
  return copy
}

/** A host's function as a template calls it: arguments bound by place and name, the result guarded. */
export function callable(name: string, { parameters, call }: HostFunction): Callable {
  return new Callable((args) => guarded(call(...bind(name, parameters, args).map(plain))))
}

/** The arguments in the order of the parameters. */
export function bind(name: string, parameters: readonly string[], args: readonly unknown[]): unknown[] {
  const last = args.at(-1)
  if (!(last instanceof KeywordArguments)) return [...args]
  const bound = args.slice(0, -1)
  for (const [key, value] of Object.entries(last.values)) {
    const place = parameters.indexOf(key)
    if (place < 0) {
      throw new TemplateError(`${name} takes no argument named ${key}`, {
        unknown: { name: key, known: parameters },
      })
    }
    bound[place] = value
  }
  return bound
}

/** A value as the host sees it: marked-up text is a string. */
function plain(value: unknown): unknown {
  return value instanceof Markup ? value.html : value
}

/** Python's truth: empty text, lists and mappings are false. */
export function truthy(value: unknown): boolean {
  if (value instanceof Markup) return value.html !== ''
  if (Array.isArray(value)) return value.length > 0
  if (isDict(value)) return Object.keys(value).length > 0
  return Boolean(value)
}

/** A value as it is printed. Nothing of the value is called. */
export function print(value: unknown): string {
  if (value === undefined || value === null) return ''
  return stringOf(value) ?? represent(value, 0)
}

function represent(value: unknown, depth: number): string {
  if (value === undefined || value === null) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (typeof value === 'number') return String(value)
  const text = stringOf(value)
  if (text !== undefined)
    return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`
  if (depth > deepest) return '...'
  if (Array.isArray(value)) return bounded(`[${value.map((item) => represent(item, depth + 1)).join(', ')}]`)
  if (!isDict(value)) return value instanceof Callable ? '<function>' : ''
  const members = Object.entries(value).map(
    ([key, item]) => `${represent(key, depth)}: ${represent(item, depth + 1)}`,
  )
  return bounded(`{${members.join(', ')}}`)
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
}

/** Text as HTML shows it, in element content and in quoted attribute values. */
export function escapeHtml(text: string): string {
  return /[&<>"']/.test(text)
    ? text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
    : text
}
