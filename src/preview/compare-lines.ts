import { diffArrays, diffWordsWithSpace } from 'diff'

/** Lines that belong together on both sides, or how many alike are left out. */
export type ComparedLines = ComparedPair | { readonly skipped: number }

/** One line of each side; null where the other side has none like it. */
export interface ComparedPair {
  readonly changed: boolean
  readonly before: ComparedLine | null
  readonly after: ComparedLine | null
}

/** A line in pieces, of which some are on one side alone. */
export interface ComparedLine {
  /** Counted from one. */
  readonly number: number
  readonly pieces: readonly { readonly text: string; readonly changed: boolean }[]
}

/** Compares two texts line by line, and within lines that changed word by word. */
export function compareLines(before: string, after: string): ComparedLines[] {
  const pairs: ComparedPair[] = []
  const number = { before: 0, after: 0 }
  let removed: string[] = []
  const flush = (added: readonly string[]) => {
    for (let at = 0; at < Math.max(removed.length, added.length); at++) {
      const [one, other] = [removed[at], added[at]]
      pairs.push({ changed: true, ...changedPair(one, other, number) })
    }
    removed = []
  }
  const parts = diffArrays(linesOf(before), linesOf(after), { maxEditLength: MOST_EDITS }) ?? [
    // Nothing alike is worth looking for.
    { value: linesOf(before), removed: true, added: false },
    { value: linesOf(after), removed: false, added: true },
  ]
  for (const part of parts) {
    if (part.removed) {
      flush([])
      removed = part.value
    } else if (part.added) {
      flush(part.value)
    } else {
      flush([])
      for (const text of part.value) {
        const pieces = [{ text: shortened(text), changed: false }]
        pairs.push({
          changed: false,
          before: { number: ++number.before, pieces },
          after: { number: ++number.after, pieces },
        })
      }
    }
  }
  flush([])
  return withoutFarLines(pairs)
}

function changedPair(
  one: string | undefined,
  other: string | undefined,
  number: { before: number; after: number },
): Pick<ComparedPair, 'before' | 'after'> {
  const words =
    one !== undefined && other !== undefined
      ? diffWordsWithSpace(shortened(one), shortened(other), { maxEditLength: MOST_EDITS })
      : undefined
  const side = (text: string | undefined, absent: 'added' | 'removed', at: 'before' | 'after') => {
    if (text === undefined) return null
    const pieces = words
      ?.filter((word) => !word[absent])
      .map(({ value, added, removed }) => ({ text: value, changed: added || removed }))
    return { number: ++number[at], pieces: pieces ?? [{ text: shortened(text), changed: true }] }
  }
  return { before: side(one, 'added', 'before'), after: side(other, 'removed', 'after') }
}

/** Changed lines with a few around them. */
function withoutFarLines(pairs: readonly ComparedPair[]): ComparedLines[] {
  const near = new Uint8Array(pairs.length)
  pairs.forEach(({ changed }, at) => {
    if (changed) near.fill(1, Math.max(0, at - AROUND), at + AROUND + 1)
  })
  const shown: ComparedLines[] = []
  let skipped = 0
  pairs.forEach((pair, at) => {
    if (near[at]) {
      if (skipped > 0) shown.push({ skipped })
      skipped = 0
      shown.push(pair)
    } else skipped++
  })
  if (skipped > 0) shown.push({ skipped })
  return shown
}

/** A line's end is no line. */
function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/)
}

function shortened(line: string): string {
  return line.length > LONGEST ? `${line.slice(0, LONGEST)} …` : line
}

// Steps after which a difference is no longer searched for, lines around a change, characters of a line.
const MOST_EDITS = 1_000
const AROUND = 3
const LONGEST = 4_000
