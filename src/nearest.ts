/**
 * The candidate that someone who wrote `word` most likely meant, or undefined where none comes close. Case
 * does not count; up to a third of the letters may be wrong, or missing at the end.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  // Whoever wrote a longer word did not misspell one of ours, and comparing it would cost time.
  if (word === '' || word.length > LONGEST) return undefined
  const wanted = word.toLowerCase()
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1
  let abbreviated: string | undefined
  for (const candidate of candidates) {
    const name = candidate.toLowerCase()
    if (wanted.length >= 3 && name.startsWith(wanted)) abbreviated ??= candidate
    // At least as many letters are wrong as one has more than the other, which may be someone's megabyte.
    if (Math.abs(name.length - wanted.length) >= bestDistance) continue
    const distance = editDistance(wanted, name)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best ?? abbreviated
}

/** Of a word that is none of those there are, half a sentence: which was meant, else which there are. */
export function suggestion(word: string, known: readonly string[]): string {
  const near = nearest(word, known)
  if (near !== undefined) return `did you mean ${near}?`
  return known.length > 0 ? `there are ${known.join(', ')}` : 'there are none'
}

/**
 * What to say, after which words may stand somewhere, of the one that does: `, and not "startls"; did you mean
 * "starttls"?`. Nothing where it comes near none of them, for then it may be a secret in the wrong place.
 *
 * @param meant - the word that is meant though it looks like none. Default: the nearest
 */
export function insteadOf(given: unknown, words: readonly string[], meant?: string): string {
  const near = meant ?? (typeof given === 'string' ? nearest(given, words) : undefined)
  return near === undefined ? '' : `, and not ${JSON.stringify(given)}; did you mean ${JSON.stringify(near)}?`
}

const LONGEST = 64

/**
 * How many letters to add, drop, change or swap with their neighbour to get from one word to the other
 * (Damerau and Levenshtein, in the form of optimal string alignment).
 */
function editDistance(from: string, to: string): number {
  let above: number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let line = 1; line <= from.length; line++) {
    const next = [line]
    for (let column = 1; column <= to.length; column++) {
      const dropped = at(row, column) + 1
      const added = at(next, column - 1) + 1
      const changed = at(row, column - 1) + (from[line - 1] === to[column - 1] ? 0 : 1)
      const swapped =
        from[line - 1] === to[column - 2] && from[line - 2] === to[column - 1]
          ? at(above, column - 2) + 1
          : Number.POSITIVE_INFINITY
      next.push(Math.min(dropped, added, changed, swapped))
    }
    above = row
    row = next
  }
  return at(row, to.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
