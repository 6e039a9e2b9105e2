import { TemplateError } from '../template-error.js'
import { type Arguments, KeywordArguments, type Value } from './values.js'

/** A call's arguments, by place and by name. */
export function splitArguments(args: Arguments): {
  readonly placed: readonly Value[]
  readonly named: ReadonlyMap<string, Value>
} {
  const last = args.at(-1)
  if (last instanceof KeywordArguments) return { placed: args.slice(0, -1), named: last.values }
  return { placed: args, named: none }
}

const none: ReadonlyMap<string, Value> = new Map()

/** The arguments of something that gives them no names. */
export function placedAlone(name: string, args: Arguments): readonly Value[] {
  const { placed, named } = splitArguments(args)
  if (named.size > 0) throw new TemplateError(`${name} takes its arguments by place alone`)
  return placed
}

/**
 * The arguments in the order of the parameters, as Python binds them: `name`, or `name?` where it may be left
 * out. Those that are not given are JavaScript's undefined.
 *
 * @throws TemplateError where one is missing, given twice, or unknown.
 */
export function bind(name: string, parameters: readonly string[], args: Arguments): readonly Value[] {
  // Most calls give the first of the parameters, by place.
  const { length } = args
  const isEnough =
    length === parameters.length || (length < parameters.length && parameters[length]?.endsWith('?'))
  if (isEnough && (length === 0 || !(args[length - 1] instanceof KeywordArguments))) return args
  const { placed, named } = splitArguments(args)
  if (placed.length > parameters.length) {
    const most = parameters.length === 1 ? '1 argument' : `${parameters.length} arguments`
    throw new TemplateError(`${name} takes at most ${most}, not ${placed.length}`)
  }
  const keys = parameters.map((parameter) => parameter.replace('?', ''))
  for (const key of named.keys()) {
    const place = keys.indexOf(key)
    if (place < 0) {
      throw new TemplateError(`${name} takes no argument named ${key}`, {
        unknown: { name: key, known: keys },
      })
    }
    if (place < placed.length) throw new TemplateError(`${name} is given its argument ${key} twice`)
  }
  return parameters.map((parameter, place) => {
    const key = keys[place] ?? ''
    if (place < placed.length) return placed[place]
    if (named.has(key)) return named.get(key)
    if (parameter.endsWith('?')) return undefined
    throw new TemplateError(`${name} needs its argument ${key}`)
  })
}
