import { str } from './print.js'
import { type Bounds, Markup, type Value } from './values.js'

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
}

/** Text as HTML shows it, in element content and in quoted attribute values. */
export function escapeHtml(text: string): string {
  return /[&<>"']/.test(text)
    ? text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
    : text
}

/** A value's HTML: marked-up text as it is, all else escaped. */
export function htmlOf(value: Value, bounds: Bounds): string {
  return value instanceof Markup ? value.html : escapeHtml(str(value, bounds))
}
