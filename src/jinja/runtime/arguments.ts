import { TemplateError } from '../template-error.js'
import { dictEntries } from '../values/dict.js'
import { iterate } from '../values/iterate.js'
import { kindOf } from '../values/kind.js'
import { isDict } from '../values/mapping.js'
import { KeywordArguments, textOf, Undefined, type Value } from '../values/values.js'

type NamedArgument = readonly [name: string, value: Value]

/** The arguments that `**mapping` stands for. */
export function keywordPairs(mapping: Value): NamedArgument[] {
  if (mapping instanceof Undefined) throw new TemplateError(mapping.message)
  if (!isDict(mapping)) throw new TemplateError(`** needs a mapping, not ${kindOf(mapping)}`)
  return dictEntries(mapping).map(([key, value]) => {
    const name = textOf(key)
    if (name === undefined) throw new TemplateError('arguments are named by text')
    return [name, value]
  })
}

/** A call's arguments by name, with the body of a call block where there is one. */
export function namedArguments(pairs: readonly NamedArgument[], caller?: Value): KeywordArguments {
  const named = new Map<string, Value>()
  for (const [name, value] of pairs) {
    if (named.has(name)) throw new TemplateError(`the argument ${name} is given twice`)
    named.set(name, value)
  }
  if (caller !== undefined) named.set('caller', caller)
  return new KeywordArguments(named)
}

/** The items of a value, as many as there are names for them. */
export function unpack(value: Value, count: number): readonly Value[] {
  if (value instanceof Undefined) throw new TemplateError(value.message)
  const items: Value[] = []
  for (const item of iterate(value)) {
    if (items.length === count) throw new TemplateError(`there are more than ${count} values to unpack`)
    items.push(item)
  }
  if (items.length === count) return items
  throw new TemplateError(`there are ${items.length} values to unpack, and ${count} are expected`)
}
