import { quoted } from '../../quoted.js'
import { message } from '../catalogue.js'
import { ago, datetime } from './dates.js'
import { defang, refang } from './defang.js'
import { filesize } from './filesize.js'
import { plain } from './plain.js'
import { pythonJson } from './python-json.js'
import { safeHtml } from './safe-html.js'
import { severityColor } from './severity.js'
import {
  camel,
  idna,
  iso8601,
  soarDatetimeformat,
  soarDisplayDatetimeformat,
  soarSplitpart,
  soarSubstitute,
  soarTrimlist,
  timestamp,
  uniq,
  urlQuoted,
} from './soar.js'
import { tlp } from './tlp.js'

/** What filters know of the mail that is being rendered. */
export interface FilterScope {
  /** The job's, a BCP 47 tag. */
  readonly locale: string
  /** The job's, an IANA name. */
  readonly timeZone: string
  /** Whether HTML is rendered, rather than plain text or a subject. */
  readonly html: boolean
  /** The same throughout a mail, in milliseconds since 1970. */
  readonly now: number
}

/** A filter over plain values. */
export interface MailFilter {
  /** The names of its parameters, the value first; `?` marks those that may be left out. */
  readonly parameters: string
  /** Whether HTML that goes in comes out as HTML. */
  readonly keepsHtml?: boolean
  readonly call: (scope: FilterScope, value: unknown, ...args: unknown[]) => unknown
}

const python = '%Y-%m-%dT%H:%M:%S'

/** The filters that templates have beside the language's own. What is not there prints nothing. */
export const mailFilters: Readonly<Record<string, MailFilter>> = {
  ago: {
    parameters: 'value locale?',
    call: ({ now, locale }, value, other) => (given(value) ? ago(value, now, text(other, locale)) : ''),
  },
  camel: { parameters: 'value', call: (_, value) => camel(text(value)) },
  datetime: {
    parameters: 'value tz? format? locale?',
    call: (scope, value, tz, format, locale) =>
      given(value)
        ? datetime(value, text(format, 'medium'), {
            timeZone: text(tz, scope.timeZone),
            locale: text(locale, scope.locale),
          })
        : '',
  },
  defang: { parameters: 'value', keepsHtml: true, call: (_, value) => defang(text(value)) },
  refang: { parameters: 'value', keepsHtml: true, call: (_, value) => refang(text(value)) },
  filesize: {
    parameters: 'value binary?',
    call: ({ locale }, value, binary) =>
      given(value) ? filesize(number(value, 'filesize'), locale, binary === true) : '',
  },
  plain: { parameters: 'value', call: (_, value) => plain(text(value)) },
  severity_color: { parameters: 'value', call: (_, value) => severityColor(text(value)) },
  t: {
    parameters: 'key values?',
    call: ({ locale }, key, values) => message(text(key), Object.fromEntries(entries(values)), locale),
  },
  tlp: { parameters: 'value', call: ({ html }, value) => (given(value) ? tlp(text(value), html) : '') },

  // IBM's, by their names. Those that quote for shells, LDAP and PowerShell are left out: a mail is no command.
  base64: { parameters: 'value', call: (_, value) => base64(value) },
  html: { parameters: 'value', call: (_, value) => safeHtml(escaped(text(value))) },
  idna: { parameters: 'value', call: (_, value) => idna(text(value)) },
  iso8601: { parameters: 'value', call: (_, value) => (given(value) ? iso8601(value) : '') },
  js: {
    parameters: 'value',
    call: (_, value) => (given(value) ? pythonJson(value, 0).slice(1, -1) : 'null'),
  },
  json: {
    parameters: 'value indent?',
    call: (_, value, indent) => pythonJson(value, number(indent ?? 0, 'json')),
  },
  soar_datetimeformat: {
    parameters: 'value date_format? split_at?',
    call: (_, value, format, splitAt) =>
      soarDatetimeformat(value, text(format, python), splitAt ? text(splitAt) : undefined),
  },
  soar_display_datetimeformat: {
    parameters: 'value milliseconds? rtn_format?',
    call: (_, value, milliseconds, format) =>
      soarDisplayDatetimeformat(value, milliseconds !== false, text(format, `${python}Z`)),
  },
  soar_splitpart: {
    parameters: 'value index split_chars?',
    call: (_, value, index, separator) =>
      soarSplitpart(text(value), number(index, 'soar_splitpart'), text(separator, ' - ')),
  },
  soar_substitute: {
    parameters: 'value json_str',
    call: (_, value, json) => soarSubstitute(value, text(json)),
  },
  soar_trimlist: { parameters: 'value', call: (_, value) => soarTrimlist(value) },
  timestamp: { parameters: 'value', call: ({ now }, value) => timestamp(value, now) },
  uniq: {
    parameters: 'value key?',
    call: (_, value, key) => uniq(value, given(key) ? text(key) : undefined),
  },
  url: { parameters: 'value', call: (_, value) => urlQuoted(text(value)) },
}

function given(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

/** A value as text; the given one where there is none. Lists and mappings are JSON, since filters of text get no such thing. */
function text(value: unknown, otherwise = ''): string {
  if (value === undefined || value === null) return otherwise
  return typeof value === 'object' ? pythonJson(value, null) : String(value)
}

function number(value: unknown, filter: string): number {
  const found = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof found === 'number' && Number.isFinite(found)) return found
  throw new Error(`${filter} needs a number, not ${quoted(value)}`)
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#x27;',
}

function escaped(content: string): string {
  return content.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}

/** Base64 of a value's JSON, in lines of 76 characters (RFC 2045, section 6.8). */
function base64(value: unknown): string {
  const encoded = Buffer.from(pythonJson(value, null)).toString('base64')
  return encoded.replace(/.{1,76}/g, '$&\n')
}
