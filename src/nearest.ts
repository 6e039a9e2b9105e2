/**
 * The candidate that someone who wrote `word` most likely meant, or undefined where none comes close. Case
 * does not count; up to a third of the letters may be wrong.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  // Whoever wrote a longer word did not misspell one of ours, and comparing it would cost time.
  if (word.length > LONGEST) return undefined
  const wanted = word.toLowerCase()
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

const LONGEST = 64

/** How many letters to add, drop or change to get from one word to the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1]
    for (let column = 1; column <= to.length; column++) {
      const dropped = (row[column] ?? 0) + 1
      const added = (next[column - 1] ?? 0) + 1
      const changed = (row[column - 1] ?? 0) + (to[column - 1] === letter ? 0 : 1)
      next.push(Math.min(dropped, added, changed))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
