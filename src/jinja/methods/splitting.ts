import { TemplateError } from '../template-error.js'
import { isSpace, strip, stripBy } from '../values/space.js'

/** Python's `split`: at white space, or at a separator, at most `most` times. */
export function split(text: string, separator: string | undefined, most: number): string[] {
  if (separator === undefined) return splitAtSpace(text, most)
  if (separator === '') throw new TemplateError('empty separator')
  if (most < 0) return text.split(separator)
  const pieces: string[] = []
  let at = 0
  while (pieces.length < most) {
    const end = text.indexOf(separator, at)
    if (end < 0) break
    pieces.push(text.slice(at, end))
    at = end + separator.length
  }
  pieces.push(text.slice(at))
  return pieces
}

function splitAtSpace(text: string, most: number): string[] {
  const pieces: string[] = []
  let at = skip(text, 0, true)
  while (at < text.length) {
    if (most >= 0 && pieces.length >= most) {
      pieces.push(stripBy(text.slice(at), isSpace, 'end'))
      break
    }
    const end = skip(text, at, false)
    pieces.push(text.slice(at, end))
    at = skip(text, end, true)
  }
  return pieces
}

/** The first place from `at` on where white space ends, or begins. */
function skip(text: string, at: number, spaces: boolean): number {
  let place = at
  while (place < text.length && isSpace(text.charAt(place)) === spaces) place++
  return place
}

/** Python's `rsplit`: the same from the end. */
export function rsplit(text: string, separator: string | undefined, most: number): string[] {
  if (most < 0) return split(text, separator, most)
  if (separator === '') throw new TemplateError('empty separator')
  const pieces: string[] = []
  if (separator === undefined) {
    let end = strip(text).length === 0 ? 0 : stripBy(text, isSpace, 'end').length
    while (end > 0) {
      if (pieces.length >= most) {
        pieces.push(text.slice(0, end))
        break
      }
      let start = end
      while (start > 0 && !isSpace(text.charAt(start - 1))) start--
      pieces.push(text.slice(start, end))
      end = start
      while (end > 0 && isSpace(text.charAt(end - 1))) end--
    }
    return pieces.reverse()
  }
  let end = text.length
  while (pieces.length < most) {
    const at = end - separator.length < 0 ? -1 : text.lastIndexOf(separator, end - separator.length)
    if (at < 0) break
    pieces.push(text.slice(at + separator.length, end))
    end = at
  }
  pieces.push(text.slice(0, end))
  return pieces.reverse()
}

/** What stands before, is, and stands after the first place of the separator, or the last. */
export function partition(text: string, separator: string, last: boolean): [string, string, string] {
  if (separator === '') throw new TemplateError('empty separator')
  const at = last ? text.lastIndexOf(separator) : text.indexOf(separator)
  if (at < 0) return last ? ['', '', text] : [text, '', '']
  return [text.slice(0, at), separator, text.slice(at + separator.length)]
}
