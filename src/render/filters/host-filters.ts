import { type HostFunction, Markup } from '../../jinja/values.js'
import { type FilterScope, type MailFilter, mailFilters } from './mail-filters.js'
import { SafeHtml } from './safe-html.js'

/**
 * A filter of one's own: gets the value and the arguments, as plain data; gives data, or HTML from
 * `safeHtml`. It has to be fast and must not wait for anything.
 */
export type TemplateFilter = (value: unknown, ...args: unknown[]) => unknown

/**
 * All filters that mails add to the template language, in the shape that its environment takes. The scope is
 * asked whenever one is called, since environments outlive a mail.
 */
export function hostFilters(
  scope: () => FilterScope,
  own: Readonly<Record<string, TemplateFilter>> = {},
): Record<string, HostFunction> {
  const made = Object.entries(mailFilters).map(([name, filter]) => [name, hostFilter(filter, scope)] as const)
  const added = Object.entries(own).map(([name, call]) => [name, ownFilter(call)] as const)
  return Object.fromEntries<HostFunction>([...made, ...added])
}

function ownFilter(filter: TemplateFilter): HostFunction {
  return {
    parameters: [],
    call: (value, ...args) => output(filter(plainValue(value), ...args.map(plainValue)), false),
  }
}

function hostFilter({ parameters, keepsHtml, call }: MailFilter, scope: () => FilterScope): HostFunction {
  return {
    parameters: parameters.split(' ').map((name) => name.replace('?', '')),
    call(value, ...args) {
      const marked = keepsHtml === true && value instanceof Markup
      return output(call(scope(), plainValue(value), ...args.map(plainValue)), marked)
    },
  }
}

function output(value: unknown, marked: boolean): unknown {
  if (value instanceof SafeHtml) return new Markup(value.html)
  return marked ? new Markup(String(value)) : value
}

/** A value of a template as a filter sees it: marked-up text is a string. */
function plainValue(value: unknown): unknown {
  if (value instanceof Markup) return value.html
  return Array.isArray(value) ? value.map(plainValue) : value
}
