import { characterCount, characters } from '../values/characters.js'
import type { Bounds } from '../values/values.js'

/** Python's `replace`: every place of `old`, or the first `count` of them. */
export function replaceText(
  text: string,
  old: string,
  replacement: string,
  count: number,
  bounds: Bounds,
): string {
  // An empty text stands before every character and at the end.
  const pieces = old === '' ? ['', ...characters(text), ''] : text.split(old)
  if (old === '' && text === '') pieces.pop()
  if (old === '' && text === '') return count === 0 ? '' : replacement
  const places = count < 0 ? pieces.length - 1 : Math.min(count, pieces.length - 1)
  bounds.spend(places >> 6)
  bounds.checkLength(text.length + places * Math.max(0, replacement.length - old.length))
  if (places === pieces.length - 1) return pieces.join(replacement)
  return pieces.slice(0, places + 1).join(replacement) + old + pieces.slice(places + 1).join(old)
}

/** Where text stands in a field that is wider than it. */
export function padded(
  text: string,
  width: number,
  fill: string,
  where: 'left' | 'right' | 'center',
  bounds: Bounds,
): string {
  const missing = width - characterCount(text)
  if (missing <= 0) return text
  bounds.checkLength(text.length + missing * fill.length)
  if (where === 'left') return text + fill.repeat(missing)
  if (where === 'right') return fill.repeat(missing) + text
  // The odd one goes to the left where the field is odd, to the right where it is even.
  const before = Math.floor(missing / 2) + (missing & width & 1)
  return fill.repeat(before) + text + fill.repeat(missing - before)
}

/** Tabs as spaces up to the next stop. */
export function expandTabs(text: string, size: number, bounds: Bounds): string {
  let whole = ''
  let column = 0
  for (const character of text) {
    if (character !== '\t') {
      whole += character
      column = character === '\n' || character === '\r' ? 0 : column + 1
      continue
    }
    const gap = size > 0 ? size - (column % size) : 0
    bounds.checkLength(whole.length + gap)
    whole += ' '.repeat(gap)
    column += gap
  }
  return whole
}
