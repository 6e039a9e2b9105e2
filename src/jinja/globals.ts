import { whole } from './methods/call.js'
import { dictFromArguments } from './methods/dict.js'
import { TemplateError } from './template-error.js'
import { bind, splitArguments } from './values/bind.js'
import { makeDict } from './values/dict.js'
import { repr } from './values/print.js'
import { truthy } from './values/truth.js'
import { type Arguments, type Bounds, Callable, Host, Markup, Range, type Value } from './values/values.js'

/** Makes what a name stands for in one render, whose bounds it keeps. */
export type GlobalMaker = (bounds: Bounds) => Value

/** What every template knows by name, beside its own variables. */
export const builtInGlobals: ReadonlyMap<string, GlobalMaker> = new Map(
  Object.entries({ range, dict, namespace, cycler, joiner, lipsum }).map(([name, call]) => [
    name,
    (bounds) => new Callable((args) => call(args, bounds), name),
  ]),
)

/** The globals of one render. Each is made when the render asks for it first: most templates use none. */
export class Globals {
  readonly #makers: ReadonlyMap<string, GlobalMaker>
  readonly #bounds: Bounds
  readonly #made = new Map<string, Value>()

  constructor(makers: ReadonlyMap<string, GlobalMaker>, bounds: Bounds) {
    this.#makers = makers
    this.#bounds = bounds
  }

  /** What stands under a name, JavaScript's undefined where nothing does. */
  get(name: string): Value {
    if (!this.#made.has(name)) this.#made.set(name, this.#makers.get(name)?.(this.#bounds))
    return this.#made.get(name)
  }
}

function dict(args: Arguments, bounds: Bounds): Value {
  return dictFromArguments({ budget: bounds }, args)
}

function range(args: Arguments, bounds: Bounds): Range {
  const [first, second, third] = bind('range', [':start', ':stop?', ':step?'], args)
  const start = second === undefined ? 0 : whole(first)
  const step = whole(third, 1)
  if (step === 0) throw new TemplateError('range needs a step other than 0')
  const made = new Range(start, second === undefined ? whole(first) : whole(second), step)
  bounds.checkRange(made.length)
  return made
}

/** What a template can carry values out of a loop in: its members can be set. */
function namespace(args: Arguments, bounds: Bounds): Host {
  const dict = dictFromArguments({ budget: bounds }, args)
  const members = new Map<string, Value>()
  for (const [key, value] of dict.entries.values()) if (typeof key === 'string') members.set(key, value)
  return new Host({
    kind: 'Namespace',
    get: (name) => members.get(name),
    set: (name, value) => members.set(name, value),
    print: () => `<Namespace ${repr(makeDict(members), bounds)}>`,
  })
}

/** Its items in turn, one a call of `next`. */
function cycler(args: Arguments): Host {
  const { placed: items, named } = splitArguments(args)
  if (items.length === 0 || named.size > 0)
    throw new TemplateError('cycler needs at least one item, and no names')
  let place = 0
  const next = () => {
    const item = items[place]
    place = (place + 1) % items.length
    return item
  }
  const reset = () => {
    place = 0
    return null
  }
  const members = new Map<string, () => Value>([
    ['current', () => items[place]],
    ['pos', () => place],
    ['next', () => new Callable(next, 'next')],
    ['reset', () => new Callable(reset, 'reset')],
  ])
  return new Host({ kind: 'jinja2.utils.Cycler', get: (name) => members.get(name)?.() })
}

/** Nothing at its first call, the separator at all others. */
function joiner(args: Arguments): Host {
  const [separator = ', '] = bind('joiner', ['sep?'], args)
  let used = false
  const call = () => {
    if (used) return separator
    used = true
    return ''
  }
  return new Host({
    kind: 'jinja2.utils.Joiner',
    get: (name) => (name === 'sep' ? separator : name === 'used' ? used : undefined),
    call,
  })
}

const loremWords = (
  'lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore ' +
  'magna aliqua enim ad minim veniam quis nostrud exercitation ullamco laboris nisi aliquip ex ea commodo'
).split(' ')

/** Paragraphs of words that mean nothing, to see how a template looks with text in it. */
function lipsum(args: Arguments, bounds: Bounds): Value {
  const [count, html = true, least, most] = bind('lipsum', ['n?', 'html?', 'min?', 'max?'], args)
  const paragraphs = Math.max(0, whole(count, 5))
  const fewest = whole(least, 20)
  const number = whole(most, 100) - fewest
  if (number < 1) throw new TemplateError('lipsum needs a max that is more than its min')
  bounds.checkLength(paragraphs * (fewest + number) * 8)
  const texts = Array.from({ length: paragraphs }, () =>
    paragraph(fewest + Math.floor(Math.random() * number)),
  )
  if (!truthy(html)) return texts.join('\n\n')
  return new Markup(texts.map((text) => `<p>${text}</p>`).join('\n'))
}

function paragraph(count: number): string {
  let text = ''
  let inSentence = 0
  for (let index = 0; index < count; index++) {
    const word = loremWords[Math.floor(Math.random() * loremWords.length)] ?? ''
    text +=
      inSentence === 0
        ? `${text === '' ? '' : ' '}${word.charAt(0).toUpperCase()}${word.slice(1)}`
        : ` ${word}`
    const ends = index === count - 1 || (inSentence > 4 && Math.random() < 0.15)
    if (ends) text += '.'
    inSentence = ends ? 0 : inSentence + 1
  }
  return text
}
