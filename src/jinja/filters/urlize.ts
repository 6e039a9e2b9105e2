import { TemplateError } from '../template-error.js'
import { characterCount, characterSlice, compareText } from '../values/characters.js'
import { escapeHtml, htmlOf } from '../values/escape.js'
import { iterate } from '../values/iterate.js'
import { isSpace, runs, words } from '../values/space.js'
import { truthy } from '../values/truth.js'
import { Markup, type Value } from '../values/values.js'
import { optionalText, optionalWhole, text } from './arguments.js'
import type { FilterContext } from './filter.js'
import { isMailAddress, isWebAddress } from './web-address.js'

interface LinkOptions {
  /** Characters of a link's text; longer ones are cut. */
  readonly limit: number | undefined
  /** The attributes after `href`. */
  readonly attributes: string
  /** What begins a link beside what always does. */
  readonly schemes: readonly string[]
}

/** Text with its web and mail addresses as links. */
export function urlize(
  { autoescape, budget }: FilterContext,
  value: Value,
  limit: Value,
  nofollow: Value = false,
  target: Value = null,
  rel: Value = null,
  extraSchemes: Value = null,
): Value {
  const parts = new Set([...words(optionalText(rel) ?? ''), 'noopener'])
  if (truthy(nofollow)) parts.add('nofollow')
  const relation = escapeHtml([...parts].sort(compareText).join(' '))
  const window = optionalText(target)
  const options = {
    limit: optionalWhole(limit),
    attributes: ` rel="${relation}"${window ? ` target="${escapeHtml(window)}"` : ''}`,
    schemes: extraSchemes === null ? [] : Array.from(iterate(extraSchemes), scheme),
  }
  const html = htmlOf(value, budget)
  const linked = runs(html, isSpace)
    .map((run) => (isSpace(run.charAt(0)) ? run : linkWord(run, options)))
    .join('')
  budget.checkLength(linked.length)
  return autoescape ? new Markup(linked) : linked
}

function scheme(value: Value): string {
  const given = text(value)
  if (/^[\p{L}\p{N}_.+-]{2,}:\/{0,2}$/u.test(given)) return given
  throw new TemplateError(`${JSON.stringify(given.slice(0, 40))} is not a valid URI scheme prefix`)
}

/** One word as a link where it is an address, the brackets and stops around it outside. */
function linkWord(word: string, options: LinkOptions): string {
  const head = leading(word)
  const tail = trailing(word, head)
  const end = balanced(word, head, tail)
  return word.slice(0, head) + link(word.slice(head, end), options) + word.slice(end)
}

/** Where the opening brackets in front end. */
function leading(word: string): number {
  let at = 0
  for (;;) {
    if (word.charAt(at) === '(' || word.charAt(at) === '<') at++
    else if (word.startsWith('&lt;', at)) at += 4
    else return at
  }
}

/** Where the closing brackets and stops at the end begin. */
function trailing(word: string, from: number): number {
  let at = word.length
  for (;;) {
    if (at > from && ')>.,'.includes(word.charAt(at - 1))) at--
    else if (at - 4 >= from && word.startsWith('&gt;', at - 4)) at -= 4
    else return at
  }
}

/** Takes as many closing brackets from the tail into the address as it lacks. */
function balanced(word: string, from: number, to: number): number {
  let end = to
  for (const [open, close] of [
    ['(', ')'],
    ['<', '>'],
    ['&lt;', '&gt;'],
  ] as const) {
    const opened = count(word.slice(from, end), open)
    if (opened <= count(word.slice(from, end), close)) continue
    let more = Math.min(opened, count(word.slice(end), close))
    for (; more > 0; more--) end = word.indexOf(close, end) + close.length
  }
  return end
}

function count(text: string, part: string): number {
  return text.split(part).length - 1
}

function link(address: string, { limit, attributes, schemes }: LinkOptions): string {
  if (isWebAddress(address)) {
    const shown =
      limit !== undefined && characterCount(address) > limit
        ? `${limit < 0 ? Array.from(address).slice(0, limit).join('') : characterSlice(address, 0, limit)}...`
        : address
    const full = /^https?:\/\//.test(address) ? address : `https://${address}`
    return `<a href="${full}"${attributes}>${shown}</a>`
  }
  if (address.startsWith('mailto:') && isMailAddress(address.slice(7))) {
    return `<a href="${address}">${address.slice(7)}</a>`
  }
  if (!address.startsWith('www.') && !address.includes(':') && isMailAddress(address)) {
    return `<a href="mailto:${address}">${address}</a>`
  }
  return schemes.reduce(
    (linked, start) =>
      linked !== start && linked.startsWith(start)
        ? `<a href="${linked}"${attributes}>${linked}</a>`
        : linked,
    address,
  )
}
