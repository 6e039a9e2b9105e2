import { bounded, limits } from './limits.js'
import { TemplateError } from './template-error.js'

/** Every place of `old` in the text replaced, or the first `count` of them. Python's `str.replace`. */
export function replaceText(text: string, old: string, replacement: string, count = -1): string {
  const pieces = text.split(old)
  const kept = count < 0 ? pieces : [...pieces.slice(0, count), pieces.slice(count).join(old)]
  if (text.length + kept.length * replacement.length > limits.text) {
    throw new TemplateError(`the text grows beyond ${limits.text} characters; replace less`)
  }
  return kept.join(replacement)
}

/** The text without the given characters, or white space, at its start, end or both. Python's `str.strip`. */
export function strip(text: string, characters: string | undefined, where: 'start' | 'end' | 'both'): string {
  if (characters === undefined) {
    return where === 'start' ? text.trimStart() : where === 'end' ? text.trimEnd() : text.trim()
  }
  let start = 0
  let end = text.length
  const strips = (index: number) => characters.includes(text.charAt(index))
  if (where !== 'end') while (start < end && strips(start)) start++
  if (where !== 'start') while (end > start && strips(end - 1)) end--
  return text.slice(start, end)
}

/** The text in pieces, at most `most` cuts: at white space, or at the separator. Python's `str.split`. */
export function split(text: string, separator: string | undefined, most = -1): string[] {
  if (separator === '') throw new TemplateError('split needs a separator that is not empty')
  const source = separator === undefined ? text.trim() : text
  if (separator === undefined && source === '') return []
  const cut = separator ?? /\s+/
  if (most < 0) return source.split(cut)
  const pieces: string[] = []
  let rest = source
  while (pieces.length < most) {
    const at = separator === undefined ? rest.search(/\s/) : rest.indexOf(separator)
    if (at < 0) break
    pieces.push(rest.slice(0, at))
    rest = separator === undefined ? rest.slice(at).trimStart() : rest.slice(at + separator.length)
  }
  return [...pieces, rest]
}

/** The text with a first letter in upper case and the others in lower case. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).toLowerCase()
}

/** The text with every word capitalised. */
export function title(text: string): string {
  return text.replace(/[^\s\-([{<]+/g, capitalize)
}

/** As many copies of the text, as long as that is not too long. */
export function repeat(text: string, times: number): string {
  const count = Math.max(0, Math.trunc(times))
  if (!(text.length * count <= limits.text)) bounded(' '.repeat(limits.text + 1))
  return text.repeat(count)
}

/**
 * HTML without its tags and comments, its character references resolved. White space becomes single spaces;
 * with `lines`, line breaks and blocks become lines.
 */
export function stripTags(html: string, lines: boolean): string {
  let text = ''
  let at = 0
  for (;;) {
    const open = nextTag(html, at)
    if (open < 0) break
    const comment = html.startsWith('<!--', open)
    const close = comment ? html.indexOf('-->', open + 4) : html.indexOf('>', open)
    if (close < 0) break
    text += html.slice(at, open)
    at = close + (comment ? 3 : 1)
    if (
      lines &&
      /^<(?:br|\/(?:p|div|li|tr|h[1-6]|table|ul|ol|blockquote|pre))\b/i.test(html.slice(open, open + 12))
    ) {
      text += '\n'
    }
  }
  const decoded = unescapeHtml(text + html.slice(at))
  if (!lines) return decoded.split(/\s+/).join(' ').trim()
  return decoded
    .split('\n')
    .map((line) => line.split(/\s+/).join(' ').trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

function nextTag(html: string, from: number): number {
  let at = html.indexOf('<', from)
  while (at >= 0 && !/[a-z/!?]/i.test(html.charAt(at + 1))) at = html.indexOf('<', at + 1)
  return at
}

const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
}

/** The characters behind numeric references and the commonest named ones. */
function unescapeHtml(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos|nbsp));/g,
    (all, decimal, hex, name) => {
      if (name !== undefined) return named[name] ?? all
      const code = Number.parseInt(hex ?? decimal, hex === undefined ? 10 : 16)
      return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
        ? String.fromCodePoint(code)
        : all
    },
  )
}
