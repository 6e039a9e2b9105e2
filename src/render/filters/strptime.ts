const months = 'january february march april may june july august september october november december'.split(
  ' ',
)
const names = '[a-z]{3,9}'

/** What each directive of a format reads, as a pattern. */
const patterns: Readonly<Record<string, string>> = {
  a: names,
  A: names,
  b: names,
  B: names,
  d: '\\d{1,2}',
  f: '\\d{1,6}',
  H: '\\d{1,2}',
  I: '\\d{1,2}',
  j: '\\d{1,3}',
  m: '\\d{1,2}',
  M: '\\d{1,2}',
  p: '[ap]m',
  S: '\\d{1,2}',
  y: '\\d{2}',
  Y: '\\d{4}',
  z: 'Z|[+-]\\d{2}:?\\d{2}',
  Z: 'UTC|GMT',
}

/**
 * Reads a date in UTC by a format in `strptime`'s words, as milliseconds since 1970. As in Python's
 * `time.strptime`, a time zone is read and not heeded. Null where text and format do not fit.
 */
export function strptime(text: string, format: string): number | null {
  const fields: string[] = []
  const pattern = format.replace(/%([a-zA-Z%])|[\\^$.*+?()[\]{}|]|\s+/g, (found, letter?: string) => {
    if (letter === undefined) return /\s/.test(found) ? '\\s+' : `\\${found}`
    if (letter === '%') return '%'
    fields.push(letter)
    return `(${patterns[letter] ?? '(?!)'})`
  })
  const found = new RegExp(`^${pattern}$`, 'i').exec(text)
  if (!found) return null
  const values = new Map(fields.map((letter, place) => [letter, found[place + 1] ?? '']))
  return toTime(values)
}

function toTime(values: ReadonlyMap<string, string>): number | null {
  const number = (letter: string, otherwise: number) => Number(values.get(letter) ?? otherwise)
  const twoDigits = number('y', 0)
  const year = values.has('y') ? twoDigits + (twoDigits < 69 ? 2000 : 1900) : number('Y', 1900)
  const name = (values.get('B') ?? values.get('b'))?.toLowerCase()
  const month = name === undefined ? number('m', 1) - 1 : months.findIndex((each) => each.startsWith(name))
  const dayOfYear = values.has('j') ? number('j', 1) : undefined
  const half = values.get('p')?.toLowerCase()
  const hour = half === undefined ? number('H', 0) : (number('I', 12) % 12) + (half === 'pm' ? 12 : 0)
  const day = number('d', 1)
  const time = new Date(0)
  time.setUTCFullYear(year, dayOfYear === undefined ? month : 0, dayOfYear ?? day)
  const sameDay = dayOfYear !== undefined || (time.getUTCMonth() === month && time.getUTCDate() === day)
  if (!sameDay || hour > 23 || number('M', 0) > 59 || number('S', 0) > 61) return null
  return time.getTime() + ((hour * 60 + number('M', 0)) * 60 + number('S', 0)) * 1000
}
