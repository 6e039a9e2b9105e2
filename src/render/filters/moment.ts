/** A moment that a template has. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly time: number
  /** Whether only the day is known. */
  readonly dateOnly: boolean
}

const iso =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9}))?)?\s?(Z|UTC|[+-]\d{2}:?\d{2})?$/

/**
 * The moment that a value stands for: milliseconds since 1970, or a date in ISO 8601, which is in UTC where
 * it names no zone (as the template helper's are). Null where it is neither.
 */
export function momentOf(value: unknown): Moment | null {
  if (typeof value === 'number') return valid(value, false)
  if (typeof value !== 'string' || value.length > 60) return null
  const text = value.trim()
  if (/^\d{11,14}$/.test(text)) return valid(Number(text), false)
  const [, day, time, fraction = '0', zone = 'Z'] = iso.exec(text) ?? []
  if (day === undefined) return null
  const clock = time === undefined ? '00:00:00' : time.length === 5 ? `${time}:00` : time
  const offset = zone === 'UTC' ? 'Z' : zone.replace(/^(.\d\d)(\d\d)$/, '$1:$2')
  return valid(
    Date.parse(`${day}T${clock}.${fraction.padEnd(3, '0').slice(0, 3)}${offset}`),
    time === undefined,
  )
}

function valid(time: number, dateOnly: boolean): Moment | null {
  return Number.isNaN(new Date(time).getTime()) ? null : { time, dateOnly }
}
