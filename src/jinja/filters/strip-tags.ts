import { Parser } from 'htmlparser2'
import { words } from '../values/space.js'

/** HTML without comments and tags, its character references resolved, white space as single spaces. */
export function stripTags(html: string): string {
  const text = without(without(html, '<!--', '-->'), '<', '>')
  return unescapeHtml(words(text).join(' '))
}

/** The text without what stands from one mark to the next other one. A mark that is not closed stays. */
function without(text: string, open: string, close: string): string {
  let kept = ''
  let at = 0
  for (;;) {
    const start = text.indexOf(open, at)
    const end = start < 0 ? -1 : text.indexOf(close, start + open.length)
    if (end < 0) return kept + text.slice(at)
    kept += text.slice(at, start)
    at = end + close.length
  }
}

/** The characters behind HTML's references, named and numbered. */
export function unescapeHtml(text: string): string {
  if (!text.includes('&')) return text
  let whole = ''
  const parser = new Parser({ ontext: (piece) => (whole += piece) }, { decodeEntities: true })
  // No tag can open: what is left of them is text.
  parser.end(text.replaceAll('<', '&lt;'))
  return whole
}
