import { type HostFilter, Markup } from '../../jinja/environment.js'
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
): Record<string, HostFilter> {
  const made = Object.entries(mailFilters).map(([name, filter]) => [name, hostFilter(filter, scope)] as const)
  const added = Object.entries(own).map(([name, call]) => [name, ownFilter(call)] as const)
  return Object.fromEntries<HostFilter>([...made, ...added])
}

function ownFilter(filter: TemplateFilter): HostFilter {
  return { parameters: '*', call: (value, ...args) => output(filter(value, ...args)) }
}

function hostFilter({ parameters, keepsHtml, call }: MailFilter, scope: () => FilterScope): HostFilter {
  return {
    parameters: parameters.split(' '),
    keepsMarkup: keepsHtml ?? false,
    call: (value, ...args) => output(call(scope(), value, ...args)),
  }
}

function output(value: unknown): unknown {
  return value instanceof SafeHtml ? new Markup(value.html) : value
}
