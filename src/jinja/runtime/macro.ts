import { TemplateError } from '../template-error.js'
import { splitArguments } from '../values/bind.js'
import { makeDict } from '../values/dict.js'
import {
  type Arguments,
  Host,
  KeywordArguments,
  Markup,
  Tuple,
  Undefined,
  type Value,
} from '../values/values.js'

/** What a macro takes, as the compiler found it. */
export interface MacroShape {
  readonly parameters: readonly string[]
  /** Which of `caller`, `kwargs` and `varargs` its body uses; they come behind its parameters, in that order. */
  readonly special: readonly string[]
  /** Whether `caller` is one of the parameters. */
  readonly isOwnCaller: boolean
}

/** Makes a macro, as a value of the template. `run` gets JavaScript's undefined for what is not given. */
export function createMacro(
  name: string | null,
  shape: MacroShape,
  isMarkup: boolean,
  run: (values: Arguments) => string,
): Host {
  const { parameters, special } = shape
  const members = new Map<string, Value>([
    ['name', name],
    ['arguments', new Tuple(parameters)],
    ['catch_kwargs', special.includes('kwargs')],
    ['catch_varargs', special.includes('varargs')],
    ['caller', special.includes('caller') || shape.isOwnCaller],
  ])
  const call = (args: Arguments) => {
    const text = run(bindMacro(name ?? 'caller', shape, args))
    return isMarkup ? new Markup(text) : text
  }
  return new Host({
    kind: 'Macro',
    get: (member) => members.get(member),
    print: () => `<Macro ${name === null ? 'anonymous' : `'${name}'`}>`,
    call,
  })
}

function bindMacro(name: string, { parameters, special }: MacroShape, args: Arguments): Arguments {
  const isPlain = special.length === 0 && !(args[args.length - 1] instanceof KeywordArguments)
  if (isPlain && args.length <= parameters.length) return args
  const { placed, named } = splitArguments(args)
  const values: Value[] = placed.slice(0, parameters.length)
  const left = new Map(named)
  for (const parameter of parameters.slice(values.length)) {
    values.push(left.get(parameter))
    left.delete(parameter)
  }
  if (special.includes('caller')) {
    values.push(left.get('caller') ?? new Undefined('no caller is defined'))
    left.delete('caller')
  }
  if (special.includes('kwargs')) values.push(makeDict(left))
  else if (left.size > 0) {
    const [unknown = ''] = left.keys()
    throw new TemplateError(`the macro ${name} takes no argument named ${unknown}`, {
      unknown: { name: unknown, known: parameters },
    })
  }
  if (special.includes('varargs')) values.push(new Tuple(placed.slice(parameters.length)))
  else if (placed.length > parameters.length) {
    const most = parameters.length === 1 ? '1 argument' : `${parameters.length} arguments`
    throw new TemplateError(`the macro ${name} takes at most ${most}, not ${placed.length}`)
  }
  return values
}
