import { str } from './print.js'
import { type Bounds, Markup, type Value } from './values.js'

/** By their codes: what stands for the characters that HTML gives a meaning to. */
const entities = new Map([
  [34, '&#34;'],
  [38, '&amp;'],
  [39, '&#39;'],
  [60, '&lt;'],
  [62, '&gt;'],
])

const special = /[&<>"']/

/** Text as HTML shows it, in element content and in quoted attribute values. */
export function escapeHtml(text: string): string {
  // Most values have nothing to escape; whether that is so is quicker to learn than where.
  if (!special.test(text)) return text
  let html = ''
  let from = 0
  for (let at = text.search(special); at < text.length; at++) {
    const code = text.charCodeAt(at)
    const entity = code > 62 ? undefined : entities.get(code)
    if (entity === undefined) continue
    html += text.slice(from, at) + entity
    from = at + 1
  }
  return html + text.slice(from)
}

/** A value's HTML: marked-up text as it is, all else escaped. */
export function htmlOf(value: Value, bounds: Bounds): string {
  return value instanceof Markup ? value.html : escapeHtml(str(value, bounds))
}
