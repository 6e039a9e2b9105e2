import { whole } from './methods/call.js'
import { dictFromArguments } from './methods/dict.js'
import { TemplateError } from './template-error.js'
import { bind, splitArguments } from './values/bind.js'
import { makeDict } from './values/dict.js'
import { repr } from './values/print.js'
import { truthy } from './values/truth.js'
import { type Arguments, type Bounds, Callable, Host, Markup, Range, type Value } from './values/values.js'

/** What every template knows by name, beside its own variables. Made anew for each render, whose bounds it keeps. */
export function createGlobals(bounds: Bounds): Map<string, Value> {
  return new Map<string, Value>(
    Object.entries({
      range: (args: Arguments) => range(args, bounds),
      dict: (args: Arguments) => dictFromArguments({ budget: bounds }, args),
      namespace: (args: Arguments) => namespace(args, bounds),
      cycler,
      joiner,
      lipsum: (args: Arguments) => lipsum(args, bounds),
    }).map(([name, call]) => [name, new Callable(call, name)]),
  )
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
