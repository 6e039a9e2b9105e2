/** Whether JavaScript counts the text otherwise than Python, which counts code points. */
function hasPairs(text: string): boolean {
  return /[\ud800-\udbff]/.test(text)
}

/** The code points of a text; a lone surrogate is one. */
export function characters(text: string): string[] {
  return hasPairs(text) ? Array.from(text) : text.split('')
}

/** How many code points a text has. */
export function characterCount(text: string): number {
  if (!hasPairs(text)) return text.length
  let count = 0
  for (const _ of text) count++
  return count
}

/** The code points from one place up to another; both within the text. */
export function characterSlice(text: string, start: number, end = Number.POSITIVE_INFINITY): string {
  return hasPairs(text) ? Array.from(text).slice(start, end).join('') : text.slice(start, end)
}

/** Where in code points a place in code units is. */
export function characterPlace(text: string, unit: number): number {
  return unit <= 0 ? unit : characterCount(text.slice(0, unit))
}

/** Orders texts by their code points. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  if (!hasPairs(a) && !hasPairs(b)) return a < b ? -1 : 1
  const length = Math.min(a.length, b.length)
  let at = 0
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at++
  if (at === length) return a.length - b.length
  // In UTF-16, surrogates stand before U+E000 to U+FFFF; their code points come after.
  const rank = (text: string) => {
    const unit = text.charCodeAt(at)
    return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
  }
  return rank(a) - rank(b)
}
