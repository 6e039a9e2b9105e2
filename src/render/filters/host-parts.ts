import type { EnvironmentOptions } from '../../jinja/environment.js'
import type { HostFilter, TagArguments } from '../../jinja/host-parts.js'
import { Markup } from '../../jinja/values/values.js'
import { type FilterScope, type MailFilter, mailFilters } from './mail-filters.js'
import { SafeHtml } from './safe-html.js'

/**
 * A filter of one's own: gets the value and the arguments, as plain data; gives data, or HTML from
 * `safeHtml`. It has to be fast and must not wait for anything.
 */
export type TemplateFilter = (value: unknown, ...args: unknown[]) => unknown

/** A test of one's own: gets the value and the arguments, as plain data, and answers yes or no. */
export type TemplateTest = (value: unknown, ...args: unknown[]) => boolean

/** A tag of one's own. */
export interface TemplateTag {
  /** Whether it goes up to a tag of the same name with `end` before it. Default false. */
  readonly body?: boolean
  /**
   * What it prints: text, or HTML from `safeHtml`. Gets the arguments by place and by name, as plain data, and
   * what stands inside of the tag, rendered; null where it has no body.
   */
  readonly render: (args: TagArguments, body: string | null) => unknown
}

/** What a caller adds to the template language. */
export interface OwnParts {
  readonly filters?: Readonly<Record<string, TemplateFilter>>
  readonly tests?: Readonly<Record<string, TemplateTest>>
  readonly globals?: Readonly<Record<string, unknown>>
  readonly tags?: Readonly<Record<string, TemplateTag>>
}

/**
 * All that mails add to the template language, in the shape that its environment takes. The scope is asked
 * whenever a filter is called, since environments outlive a mail.
 */
export function hostParts(
  scope: () => FilterScope,
  { filters, tests, globals, tags }: OwnParts,
): Pick<EnvironmentOptions, 'filters' | 'tests' | 'globals' | 'tags'> {
  return {
    filters: {
      ...mapped(mailFilters, (filter) => mailFilter(filter, scope)),
      ...mapped(filters, anyArguments),
    },
    tests: mapped(tests, anyArguments),
    globals: mapped(globals, (value) => (isFunction(value) ? anyArguments(value) : value)),
    tags: mapped(tags, ({ body, render }) => ({
      ...(body !== undefined && { body }),
      render: (args, inside) => {
        const printed = output(render(args, inside))
        return printed instanceof Markup ? printed : String(printed ?? '')
      },
    })),
  }
}

function mapped<From, To>(
  record: Readonly<Record<string, From>> = {},
  map: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]))
}

function anyArguments(call: (...args: unknown[]) => unknown) {
  return { parameters: '*', call: (...args: unknown[]) => output(call(...args)) } as const
}

function mailFilter({ parameters, keepsHtml, call }: MailFilter, scope: () => FilterScope): HostFilter {
  return {
    parameters: parameters.split(' '),
    keepsMarkup: keepsHtml ?? false,
    call: (value, ...args) => output(call(scope(), value, ...args)),
  }
}

function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function'
}

function output(value: unknown): unknown {
  if (value instanceof Promise) {
    // Nobody waits for it: what it rejects with must not end the process.
    value.catch(() => {})
    throw new Error('templates cannot wait: it gave a promise; have it at hand before the mail is rendered')
  }
  return value instanceof SafeHtml ? new Markup(value.html) : value
}
