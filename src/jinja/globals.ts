import { type Budget, limits } from './limits.js'
import { TemplateError } from './template-error.js'
import { bind, Callable, type Dict, dict, print } from './values.js'

/** What every template knows by name, beside its own variables. */
export function globals(budget: Budget): Dict {
  return dict([
    ['None', null],
    ['True', true],
    ['False', false],
    ['range', new Callable((args) => range(budget, args))],
    ['dict', new Callable((args) => dict(Object.entries(keywordsOf(args))))],
    ['cycler', new Callable(cycler)],
    ['joiner', new Callable(joiner)],
  ])
}

function range(budget: Budget, args: readonly unknown[]): number[] {
  const [first, second, third] = bind('range', ['start', 'stop', 'step'], args).map((value) => {
    if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value
    throw new TemplateError('range takes numbers')
  })
  const [start, stop, step] = second === undefined ? [0, first ?? 0, 1] : [first ?? 0, second, third ?? 1]
  if (step === 0) throw new TemplateError('range needs a step other than 0')
  const length = Math.max(0, Math.ceil((stop - start) / step))
  if (length > limits.range)
    throw new TemplateError(`range gives at most ${limits.range} numbers, not ${length}`)
  budget.spend(length)
  return Array.from({ length }, (_, index) => start + index * step)
}

function keywordsOf(args: readonly unknown[]): Dict {
  const made = dict()
  for (const argument of args) Object.assign(made, Object(argument).values)
  return made
}

function cycler(items: readonly unknown[]): Dict {
  if (items.length === 0) throw new TemplateError('cycler needs at least one item')
  let place = 0
  const made = dict([['current', items[0]]])
  made.next = new Callable(() => {
    const item = items[place]
    place = (place + 1) % items.length
    made.current = items[place]
    return item
  })
  made.reset = new Callable(() => {
    place = 0
    made.current = items[0]
    return ''
  })
  return made
}

function joiner([separator = ', ']: readonly unknown[]): Callable {
  let used = false
  return new Callable(() => {
    const text = used ? print(separator) : ''
    used = true
    return text
  })
}
