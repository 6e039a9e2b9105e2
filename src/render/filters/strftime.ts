import { dateFormat } from './intl.js'

/**
 * A moment in a time zone by a format in `strftime`'s words: `%d.%m.%Y %H:%M`. Names of days, months and
 * zones are the locale's. An unknown directive stays as it is.
 */
export function strftime(time: number, format: string, timeZone: string, locale: string): string {
  const parts = new Map(
    dateFormat('en-u-ca-gregory-nu-latn-hc-h23', { ...digits, timeZone })
      .formatToParts(time)
      .map(({ type, value }) => [type, value]),
  )
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? ''
  const named = (type: Intl.DateTimeFormatPartTypes, options: Intl.DateTimeFormatOptions) =>
    dateFormat(locale, { ...options, timeZone })
      .formatToParts(time)
      .find((each) => each.type === type)?.value ?? ''
  const hour = Number(part('hour'))
  const offset = part('timeZoneName').replace('GMT', '').replace(':', '') || '+0000'
  const directives: Readonly<Record<string, () => string>> = {
    a: () => named('weekday', { weekday: 'short' }),
    A: () => named('weekday', { weekday: 'long' }),
    b: () => named('month', { day: 'numeric', month: 'short' }),
    B: () => named('month', { day: 'numeric', month: 'long' }),
    d: () => part('day'),
    e: () => part('day').replace(/^0/, ' '),
    f: () => `${part('fractionalSecond')}000`,
    F: () => `${year()}-${part('month')}-${part('day')}`,
    H: () => part('hour'),
    I: () => String(hour % 12 || 12).padStart(2, '0'),
    j: () => String(dayOfYear()).padStart(3, '0'),
    m: () => part('month'),
    M: () => part('minute'),
    p: () => (hour < 12 ? 'AM' : 'PM'),
    R: () => `${part('hour')}:${part('minute')}`,
    s: () => String(Math.floor(time / 1000)),
    S: () => part('second'),
    T: () => `${part('hour')}:${part('minute')}:${part('second')}`,
    y: () => year().slice(-2),
    Y: () => year(),
    z: () => offset,
    Z: () => named('timeZoneName', { timeZoneName: 'short' }),
    '%': () => '%',
  }
  const year = () => part('year').padStart(4, '0')
  const dayOfYear = () => {
    const day = Date.UTC(Number(part('year')), Number(part('month')) - 1, Number(part('day')))
    return (day - Date.UTC(Number(part('year')), 0, 0)) / 86_400_000
  }
  return format.replace(/%([a-zA-Z%])/g, (directive, letter: string) =>
    Object.hasOwn(directives, letter) ? (directives[letter]?.() ?? directive) : directive,
  )
}

const digits = {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  timeZoneName: 'longOffset',
} as const
