import { type Filter, filter, type Test, test } from './filters/filter.js'
import type { OwnTag } from './runtime/own-tag.js'
import { splitArguments } from './values/bind.js'
import { fromData, type HostFunction, toData } from './values/data.js'
import { Markup } from './values/values.js'

/** A tag of the host's own: `{% name 1, key='x' %}`, or with a body up to `{% endname %}`. */
export interface HostTag {
  /** Whether the tag has a body, which a tag of the same name with `end` before it closes. Default false. */
  readonly body?: boolean
  /**
   * What the tag prints: text, which is escaped, or Markup. `body` is what stands inside of the tag, rendered;
   * null where the tag has none.
   */
  readonly render: (args: TagArguments, body: string | null) => string | Markup
}

/** A tag's arguments. */
export interface TagArguments {
  readonly placed: readonly unknown[]
  readonly named: Readonly<Record<string, unknown>>
}

/** A filter of the host's, as templates use it. All but the value may be left out. */
export function hostFilter({ parameters, call }: HostFunction): Filter {
  return filter(optional(parameters.slice(1)), (_context, value, ...args) => {
    const result = fromData(call(toData(value), ...args.map(toData)))
    return result === undefined ? null : result
  })
}

/** A test of the host's, as templates use it. */
export function hostTest({ parameters, call }: HostFunction): Test {
  return test(optional(parameters.slice(1)), (_context, value, ...args) =>
    Boolean(call(toData(value), ...args.map(toData))),
  )
}

/** A tag of the host's, as templates use it. */
export function hostTag({ body = false, render }: HostTag): OwnTag {
  return {
    body,
    render: (args, inside) => {
      const { placed, named } = splitArguments(args)
      const values = [...named].map(([name, value]) => [name, toData(value)] as const)
      const printed = render(
        { placed: placed.map(toData), named: Object.fromEntries(values) },
        inside === null ? null : String(toData(inside)),
      )
      return printed instanceof Markup ? printed : String(printed)
    },
  }
}

function optional(parameters: readonly string[]): string {
  return parameters.map((parameter) => `${parameter.replace('?', '')}?`).join(' ')
}
