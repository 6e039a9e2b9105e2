/**
 * How long ago a moment of `performance.now()` was, as reports say it: to a hundredth of a millisecond, since what
 * stands behind that is noise.
 */
export function millisecondsSince(moment: number): number {
  return Math.round((performance.now() - moment) * 100) / 100
}
