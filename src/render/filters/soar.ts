import { domainToASCII } from 'node:url'
import { numberOf } from '../../incident/data.js'
import { quoted } from '../../quoted.js'
import { momentOf } from './moment.js'
import { pythonJson } from './python-json.js'
import { strftime } from './strftime.js'
import { strptime } from './strptime.js'

/**
 * A date in UTC as milliseconds since 1970. `splitAt` cuts the text before the last such character, so that
 * `.` leaves out a fraction and `+` a time zone; where there is none, the last character goes.
 */
export function soarDatetimeformat(value: unknown, format: string, splitAt: string | undefined): unknown {
  if (!value) return value
  const text = typeof value === 'object' ? pythonJson(value, null) : String(value)
  const cut = splitAt ? text.slice(0, text.lastIndexOf(splitAt)) : text
  const time = strptime(cut, format)
  if (time === null)
    throw new Error(`soar_datetimeformat: ${quoted(cut)} is no date as ${quoted(format)} has it`)
  return time
}

/** Milliseconds since 1970, or seconds, as a date in UTC. */
export function soarDisplayDatetimeformat(value: unknown, milliseconds: boolean, format: string): unknown {
  const moment = momentOf(typeof value === 'number' && !milliseconds ? value * 1000 : value)
  return moment ? strftime(moment.time, format, 'UTC', 'en') : value
}

/** What a value stands for in a JSON object; else what `DEFAULT` does; else the value. */
export function soarSubstitute(value: unknown, json: string): unknown {
  const known = objectOf(json)
  const key = typeof value === 'number' || typeof value === 'string' ? String(value) : ''
  if (Object.hasOwn(known, key)) return known[key]
  return Object.hasOwn(known, 'DEFAULT') ? known.DEFAULT : value
}

function objectOf(json: string): Record<string, unknown> {
  try {
    const read: unknown = JSON.parse(json)
    if (typeof read === 'object' && read !== null) return Object.fromEntries(Object.entries(read))
  } catch {
    // Said below.
  }
  throw new Error(
    `soar_substitute needs a JSON object such as '{"1": "Low", "DEFAULT": "High"}', not ${quoted(json)}`,
  )
}

/** One part of a text that separators divide; the whole where there is no such part. */
export function soarSplitpart(text: string, index: number, separator: string): string {
  if (separator === '') throw new Error('soar_splitpart needs a separator that is not empty')
  return text.split(separator).at(index) ?? text
}

/** The texts of a list without the white space around them. */
export function soarTrimlist(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  return value.map((item: unknown) => (typeof item === 'string' ? item.trim() : item))
}

/** Milliseconds since 1970 as ISO 8601 in UTC, in whole seconds. */
export function iso8601(value: unknown): string {
  const time = typeof value === 'string' ? Number.parseInt(value, 10) : numberOf(value)
  // ECMAScript's dates go no further than this from 1970.
  if (!(Math.abs(time) <= 8.64e15))
    throw new Error(`iso8601 needs milliseconds since 1970, not ${quoted(value)}`)
  return strftime(Math.floor(time / 1000) * 1000, '%Y-%m-%dT%H:%M:%S+00:00', 'UTC', 'en')
}

/** Milliseconds since 1970 of `"now"`, or of a mapping with `year`, `month`, `day`, `hour`, `minute`, `second`. */
export function timestamp(value: unknown, now: number): unknown {
  if (value === undefined) return 'null'
  if (value === 'now') return Math.floor(now / 1000) * 1000
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const given = new Map(Object.entries(value))
  const part = (name: string, otherwise: number) => numberOf(given.get(name) ?? otherwise)
  return Date.UTC(
    part('year', 1970),
    part('month', 1) - 1,
    part('day', 1),
    part('hour', 0),
    part('minute', 0),
    part('second', 0),
  )
}

/** A list without what is in it twice; with a key, without items whose member of that name was there before. */
export function uniq(value: unknown, key: string | undefined): unknown {
  if (!Array.isArray(value)) return value
  const seen = new Set<unknown>()
  return value.filter((item: unknown) => {
    const object = typeof item === 'object' && item !== null
    const member =
      object && key !== undefined ? Object.entries(item).find(([name]) => name === key)?.[1] : item
    const mark = typeof member === 'object' ? JSON.stringify(member) : member
    return !seen.has(mark) && seen.add(mark)
  })
}

/** Words joined, each with a capital: `a#bc_def` is `ABcDef`. */
export function camel(text: string): string {
  return text
    .replace(/\p{L}+/gu, (word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
    .replace(/[^\p{L}\p{N}]/gu, '')
}

/** Text for one part of a URL; slashes stay. */
export function urlQuoted(text: string): string {
  // A lone surrogate has no UTF-8 and would throw.
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\uFFFD'))
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/')
}

/** A domain as DNS has it (RFC 3490). */
export function idna(domain: string): string {
  return domainToASCII(domain)
}
