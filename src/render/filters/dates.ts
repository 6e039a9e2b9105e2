import { quoted } from '../../quoted.js'
import { dateFormat } from './intl.js'
import { type Moment, momentOf } from './moment.js'
import { strftime } from './strftime.js'

const day = { year: 'numeric', month: 'short', day: 'numeric' } as const
const clock = { hour: '2-digit', minute: '2-digit' } as const
const zone = { timeZoneName: 'short' } as const

/** The formats that have names. All but `short` and `date` say the time zone. */
const named: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  short: { year: 'numeric', month: '2-digit', day: '2-digit', ...clock },
  medium: { ...day, ...clock, ...zone },
  long: { ...day, month: 'long', ...clock, ...zone },
  full: { ...day, month: 'long', weekday: 'long', ...clock, ...zone },
  date: { ...day, month: 'long' },
  time: { ...clock, ...zone },
}

/** How a moment is printed. */
export interface DateSettings {
  /** An IANA name. */
  readonly timeZone: string
  /** A BCP 47 tag. */
  readonly locale: string
}

/**
 * A moment in words: by a named format (`short`, `medium`, `long`, `full`, `date`, `time`, `iso`), or by one
 * in `strftime`'s words. What is no moment stays as it is.
 */
export function datetime(value: unknown, format: string, settings: DateSettings): unknown {
  const moment = momentOf(value)
  return moment ? printed(moment, format, settings) : value
}

function printed({ time, dateOnly }: Moment, format: string, { timeZone, locale }: DateSettings): string {
  if (format.includes('%')) return strftime(time, format, timeZone, locale)
  if (format === 'iso') {
    const text = strftime(time, '%Y-%m-%dT%H:%M:%S%z', timeZone, locale)
    return text.replace(/(\d\d)$/, ':$1').replace('+00:00', 'Z')
  }
  const options = Object.hasOwn(named, format) ? named[format] : undefined
  if (!options) {
    throw new Error(
      `datetime knows the formats ${Object.keys(named).join(', ')}, iso, and strftime's, not ${quoted(format)}`,
    )
  }
  // A day that somebody named is that day in every time zone.
  if (dateOnly) return dateFormat(locale, { ...onlyDay(options), timeZone: 'UTC' }).format(time)
  // Security people read 24 hours everywhere; who wants 12 says so in the locale: en-US-u-hc-h12.
  const cycle = new Intl.Locale(locale).hourCycle ? {} : { hourCycle: 'h23' as const }
  return dateFormat(locale, { ...options, ...cycle, timeZone }).format(time)
}

function onlyDay({
  year,
  month,
  day: date,
  weekday,
}: Intl.DateTimeFormatOptions): Intl.DateTimeFormatOptions {
  return year === undefined ? day : { year, month, day: date, ...(weekday && { weekday }) }
}

const steps: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number, below: number])[] = [
  ['minute', 60, 60],
  ['hour', 3600, 24],
  ['day', 86_400, 30],
  ['month', 2_629_746, 12],
  ['year', 31_556_952, Number.POSITIVE_INFINITY],
]

/** How long ago a moment was, or in how long it will be: `3 hours ago`. What is no moment stays as it is. */
export function ago(value: unknown, now: number, locale: string): unknown {
  const moment = momentOf(value)
  if (!moment) return value
  const seconds = (moment.time - now) / 1000
  if (Math.abs(seconds) < 45)
    return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(0, 'second')
  const words = new Intl.RelativeTimeFormat(locale)
  for (const [unit, size, below] of steps) {
    const count = Math.round(Math.abs(seconds) / size)
    if (count < below) return words.format(seconds < 0 ? -Math.max(1, count) : Math.max(1, count), unit)
  }
  return value
}
