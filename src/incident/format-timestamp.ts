const months = 'January February March April May June July August September October November December'.split(
  ' ',
)
const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')

/**
 * A moment in UTC. Without a format as Python's `isoformat()` prints it: `2022-08-05T14:03:23.441000`, no
 * fraction where it is zero. The format is `strftime`'s.
 */
export function formatTimestamp(milliseconds: number, format?: string): string {
  const date = new Date(milliseconds)
  if (Number.isNaN(date.getTime())) return String(milliseconds)
  if (!format) {
    const iso = date.toISOString()
    return iso.endsWith('.000Z') ? iso.slice(0, -5) : `${iso.slice(0, -1)}000`
  }
  return format.replace(
    /%([a-zA-Z%])/g,
    (directive, letter: string) => directives[letter]?.(date) ?? directive,
  )
}

const directives: Readonly<Record<string, (date: Date) => string>> = {
  a: (date) => (days[date.getUTCDay()] ?? '').slice(0, 3),
  A: (date) => days[date.getUTCDay()] ?? '',
  b: (date) => (months[date.getUTCMonth()] ?? '').slice(0, 3),
  B: (date) => months[date.getUTCMonth()] ?? '',
  d: (date) => digits(date.getUTCDate()),
  f: (date) => digits(date.getUTCMilliseconds() * 1000, 6),
  H: (date) => digits(date.getUTCHours()),
  I: (date) => digits(date.getUTCHours() % 12 || 12),
  j: (date) =>
    digits(
      (Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) -
        Date.UTC(date.getUTCFullYear(), 0, 0)) /
        86_400_000,
      3,
    ),
  m: (date) => digits(date.getUTCMonth() + 1),
  M: (date) => digits(date.getUTCMinutes()),
  p: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  S: (date) => digits(date.getUTCSeconds()),
  T: (date) => date.toISOString().slice(11, 19),
  F: (date) => date.toISOString().slice(0, 10),
  y: (date) => digits(date.getUTCFullYear() % 100),
  Y: (date) => digits(date.getUTCFullYear(), 4),
  z: () => '+0000',
  Z: () => 'UTC',
  '%': () => '%',
}

function digits(value: number, length = 2): string {
  return String(value).padStart(length, '0')
}
