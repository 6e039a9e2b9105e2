import { describe, expect, it } from 'vitest'
import { ago, datetime } from '../../../src/render/filters/dates.js'
import { strptime } from '../../../src/render/filters/strptime.js'

const time = Date.UTC(2025, 10, 21, 1, 23, 23, 441)
const utc = { timeZone: 'UTC', locale: 'en' }
const zurich = { timeZone: 'Europe/Zurich', locale: 'de' }

describe('datetime', () => {
  it.each([
    ['short', '11/21/2025, 01:23', '21.11.2025, 02:23'],
    ['medium', 'Nov 21, 2025, 01:23 UTC', '21. Nov. 2025, 02:23 MEZ'],
    ['long', 'November 21, 2025 at 01:23 UTC', '21. November 2025 um 02:23 MEZ'],
    ['full', 'Friday, November 21, 2025 at 01:23 UTC', 'Freitag, 21. November 2025 um 02:23 MEZ'],
    ['date', 'November 21, 2025', '21. November 2025'],
    ['time', '01:23 UTC', '02:23 MEZ'],
    ['iso', '2025-11-21T01:23:23Z', '2025-11-21T02:23:23+01:00'],
    ['%d.%m.%Y %H:%M:%S %Z', '21.11.2025 01:23:23 UTC', '21.11.2025 02:23:23 MEZ'],
    ['%A, %B %e, %I:%M %p, %j, %f, 100 %%, %Q', null, null],
  ])('%s', (format, english, german) => {
    if (english === null) {
      expect(datetime(time, format, utc)).toBe('Friday, November 21, 01:23 AM, 325, 441000, 100 %, %Q')
    } else {
      expect(datetime(time, format, utc)).toBe(english)
      expect(datetime(time, format, zurich)).toBe(german)
    }
  })

  it.each([
    ['2025-11-21T01:23:23.441000', 'as the template helper prints it: in UTC'],
    ['2025-11-21T01:23:23', 'without a fraction'],
    ['2025-11-21 01:23:23Z', 'with a space'],
    ['2025-11-21T02:23:23+01:00', 'with a time zone'],
    ['1763688203441', 'milliseconds as text'],
  ])('reads %s, %s', (text) => {
    expect(datetime(text, '%H:%M:%S', utc)).toBe('01:23:23')
  })

  it('keeps a day that somebody named the same in every time zone', () => {
    expect(datetime('2025-11-21', 'medium', { timeZone: 'America/Los_Angeles', locale: 'en' })).toBe(
      'Nov 21, 2025',
    )
  })

  it('leaves what is no date as it is, hostile or not', () => {
    for (const value of ['soon', '<b>', '2025-13-45T99:99:99', Number.NaN, { a: 1 }, ['1']]) {
      expect(datetime(value, 'medium', utc)).toBe(value)
    }
  })

  it('says which formats there are', () => {
    expect(() => datetime(time, 'shrt', utc)).toThrow(/short, medium, long, full, date, time, iso.*"shrt"/)
    expect(() => datetime(time, 'constructor', utc)).toThrow(/not "constructor"/)
  })

  it('has 12 hours where the locale says so itself', () => {
    expect(datetime(time, 'time', { timeZone: 'UTC', locale: 'en-US-u-hc-h12' })).toMatch(/^01:23\sAM UTC$/)
  })
})

describe('ago', () => {
  const minute = 60_000
  it.each([
    [20_000, 'now', 'jetzt'],
    [minute, '1 minute ago', 'vor 1 Minute'],
    [59 * minute, '59 minutes ago', 'vor 59 Minuten'],
    [3 * 60 * minute, '3 hours ago', 'vor 3 Stunden'],
    [48 * 60 * minute, '2 days ago', 'vor 2 Tagen'],
    [70 * 24 * 60 * minute, '2 months ago', 'vor 2 Monaten'],
    [800 * 24 * 60 * minute, '2 years ago', 'vor 2 Jahren'],
    [-5 * minute, 'in 5 minutes', 'in 5 Minuten'],
  ])('%d ms', (before, english, german) => {
    expect(ago(time - before, time, 'en')).toBe(english)
    expect(ago(time - before, time, 'de')).toBe(german)
  })

  it('leaves what is no date as it is', () => {
    expect(ago('long ago', time, 'en')).toBe('long ago')
  })
})

describe('strptime', () => {
  it.each([
    ['2021-10-22T20:53:53', '%Y-%m-%dT%H:%M:%S', Date.UTC(2021, 9, 22, 20, 53, 53)],
    ['22/Oct/21 08:53 PM', '%d/%b/%y %I:%M %p', Date.UTC(2021, 9, 22, 20, 53)],
    ['October 2, 2021', '%B %d, %Y', Date.UTC(2021, 9, 2)],
    ['2021-295', '%Y-%j', Date.UTC(2021, 9, 22)],
    ['2021-02-30', '%Y-%m-%d', null],
    ['2021-10-22 trailing', '%Y-%m-%d', null],
    ['(2021)', '(%Y)', Date.UTC(2021, 0, 1)],
  ])('%s as %s', (text, format, expected) => {
    expect(strptime(text, format)).toBe(expected)
  })
})
