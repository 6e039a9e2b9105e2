import { TemplateError } from '../template-error.js'
import { characters } from '../values/characters.js'
import { isSpace } from '../values/space.js'

/** How words are put into lines. */
export interface WrapOptions {
  /** Characters of a line. */
  readonly width: number
  /** Whether a word that is longer than a line is broken. */
  readonly breakLongWords: boolean
  /** Whether a line may end after a hyphen within a word. */
  readonly breakOnHyphens: boolean
}

/** A run of characters, by the places where it starts and ends, that stays together where it can. */
interface Chunk {
  start: number
  readonly end: number
}

/** One line of text in lines of that width, as Python's `textwrap.wrap` breaks it. */
export function wrap(text: string, options: WrapOptions): string[] {
  const { width } = options
  if (width <= 0) throw new TemplateError(`wordwrap needs a width of at least 1, not ${width}`)
  const letters = characters(text)
  const chunks = chunksOf(letters, options.breakOnHyphens)
  const wrapped: string[] = []
  let next = 0
  while (next < chunks.length) {
    if (wrapped.length > 0 && isBlank(letters, chunks[next])) next++
    const line: Chunk[] = []
    let room = width
    for (let chunk = chunks[next]; chunk && chunk.end - chunk.start <= room; chunk = chunks[++next]) {
      line.push({ ...chunk })
      room -= chunk.end - chunk.start
    }
    const long = chunks[next]
    if (long && long.end - long.start > width) {
      if (options.breakLongWords) {
        const end = long.start + breakPlace(letters, long, room, options.breakOnHyphens)
        line.push({ start: long.start, end })
        long.start = end
      } else if (line.length === 0) {
        line.push({ ...long })
        next++
      }
    }
    if (line.length > 0 && isBlank(letters, line.at(-1))) line.pop()
    if (line.length > 0)
      wrapped.push(line.map(({ start, end }) => letters.slice(start, end).join('')).join(''))
  }
  return wrapped
}

/** After how many characters a word that is longer than a line is broken: after its last hyphen that fits. */
function breakPlace(letters: readonly string[], { start }: Chunk, room: number, hyphens: boolean): number {
  if (!hyphens) return room
  let hyphen = room - 1
  while (hyphen > 0 && letters[start + hyphen] !== '-') hyphen--
  for (let at = 0; at < hyphen; at++) if (letters[start + at] !== '-') return hyphen + 1
  return room
}

function isBlank(letters: readonly string[], chunk: Chunk | undefined): boolean {
  if (!chunk) return false
  for (let at = chunk.start; at < chunk.end; at++) if (!isSpace(letters[at] ?? '')) return false
  return true
}

/** White space and words in turn; with hyphens, words are cut where a line may end. */
function chunksOf(letters: readonly string[], hyphens: boolean): Chunk[] {
  const chunks: Chunk[] = []
  let start = 0
  while (start < letters.length) {
    const space = separates(letters[start])
    let end = start + 1
    while (end < letters.length && separates(letters[end]) === space) end++
    if (space || !hyphens) chunks.push({ start, end })
    else for (const part of wordParts(letters, start, end)) chunks.push(part)
    start = end
  }
  return chunks
}

function wordParts(letters: readonly string[], from: number, to: number): Chunk[] {
  const parts: Chunk[] = []
  let start = from
  let at = from + 1
  const dashes = (place: number) => {
    let end = place
    while (end < to && letters[end] === '-') end++
    return end
  }
  for (; at < to; at++) {
    if (letters[at] !== '-') continue
    if (endsPart(letters, at, from, to)) {
      parts.push({ start, end: at + 1 })
      start = at + 1
      continue
    }
    const end = dashes(at)
    // A dash of two hyphens or more between words stands on its own.
    if (end - at >= 2 && isPunctuated(letters[at - 1]) && end < to && isWord(letters[end])) {
      if (at > start) parts.push({ start, end: at })
      parts.push({ start: at, end })
      start = end
    }
    at = end - 1
  }
  if (start < to) parts.push({ start, end: to })
  return parts
}

/** Whether a line may end after the hyphen here: letters stand on both sides, as in `well-known` or `e-mail-box`. */
function endsPart(letters: readonly string[], at: number, from: number, to: number): boolean {
  const letter = (place: number) => place >= from && place < to && isLetter(letters[place])
  const hyphen = (place: number) => place >= from && letters[place] === '-'
  const before = letter(at - 1) && (letter(at - 2) || (hyphen(at - 2) && letter(at - 3)))
  return before && letter(at + 1) && (letter(at + 2) || (letters[at + 2] === '-' && letter(at + 3)))
}

function separates(letter: string | undefined): boolean {
  return letter !== undefined && '\t\n\v\f\r '.includes(letter)
}

function isWord(letter: string | undefined): boolean {
  return letter !== undefined && /[\p{L}\p{N}_]/u.test(letter)
}

function isLetter(letter: string | undefined): boolean {
  return letter !== undefined && /[\p{L}\p{Nl}\p{No}_]/u.test(letter)
}

function isPunctuated(letter: string | undefined): boolean {
  return isWord(letter) || (letter !== undefined && '!"\'&.,?'.includes(letter))
}
