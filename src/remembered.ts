/**
 * What was made for a key before, or is made now and kept. Where there are so many that one more would be too many, all
 * are forgotten first: what is used often is soon there again.
 */
export function remembered<T>(known: Map<string, T>, most: number, key: string, make: () => T): T {
  const before = known.get(key)
  if (before !== undefined) return before
  const made = make()
  if (known.size >= most) known.clear()
  known.set(key, made)
  return made
}
