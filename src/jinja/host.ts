import { type Filter, filter, freeFilter, type Test, test } from './filters/filter.js'
import type { HostFilter, HostTag } from './host-parts.js'
import type { OwnTag } from './runtime/own-tag.js'
import { TemplateError } from './template-error.js'
import { splitArguments } from './values/bind.js'
import { fromData, type HostFunction, toData } from './values/data.js'
import { Markup, type Value } from './values/values.js'

/** A filter of the host's, as templates use it. All but the value may be left out. */
export function hostFilter({ parameters, keepsMarkup = false, call }: HostFilter): Filter {
  const run = (value: Value, args: readonly Value[]): Value => {
    const result = fromData(call(toData(value), ...args.map(toData)))
    if (keepsMarkup && value instanceof Markup && typeof result === 'string') return new Markup(result)
    return result === undefined ? null : result
  }
  if (parameters !== '*') {
    return filter(optional(parameters.slice(1)), (_context, value, ...args) => run(value, args))
  }
  return freeFilter((_context, value, placed, named) => {
    if (named.size > 0) throw new TemplateError('this filter takes its arguments by place alone')
    return run(value, placed)
  })
}

/** A test of the host's, as templates use it. */
export function hostTest({ parameters, call }: HostFunction): Test {
  const answer: Test['call'] = (_context, value, ...args) => Boolean(call(toData(value), ...args.map(toData)))
  return parameters === '*' ? { parameters, call: answer } : test(optional(parameters.slice(1)), answer)
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
