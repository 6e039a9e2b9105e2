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

const special = /[&<>"']/g

/** Text as HTML shows it, in element content and in quoted attribute values. */
export function escapeHtml(text: string): string {
  // Where `test` starts: an error in the loop below, such as a full stack, leaves its last place behind.
  special.lastIndex = 0
  // Most values have nothing to escape.
  if (!special.test(text)) return text
  let html = ''
  let from = 0
  do {
    const at = special.lastIndex - 1
    html += text.slice(from, at) + entities.get(text.charCodeAt(at))
    from = at + 1
  } while (special.test(text))
  return html + text.slice(from)
}

/** A value's HTML: marked-up text as it is, all else escaped. */
export function htmlOf(value: Value, bounds: Bounds): string {
  return value instanceof Markup ? value.html : escapeHtml(str(value, bounds))
}
