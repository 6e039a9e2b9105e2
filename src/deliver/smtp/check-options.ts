import { insteadOf, nearest } from '../../nearest.js'
import { invalidOption } from '../../options.js'
import { quoted } from '../../quoted.js'
import { invalidTransport } from '../invalid-transport.js'
import type { SmtpOptions } from './options.js'
import { TLS_MODES, tlsModeMeant } from './tls-words.js'

/**
 * Checks that all options exist and are of the right kind: people without a type checker write them too,
 * and a misspelt `tls` must not mean a default.
 *
 * @throws IncidentMailerError `INVALID_CONFIG`
 */
export function checkSmtpOptions(options: SmtpOptions): void {
  refuseUnknown(options, KNOWN, 'transport.')
  for (const [key, kind] of Object.entries(KNOWN)) checkKind(key, Reflect.get(options, key), kind)
  if (options.auth) checkAuth(options.auth)
}

type Kind =
  | 'text'
  | 'flag'
  | 'port'
  | 'milliseconds'
  | 'count'
  | 'tls'
  | 'credentials'
  | 'group'
  | 'authType'
  | 'mechanism'
  | 'version'

const KNOWN: Readonly<Record<keyof SmtpOptions, Kind>> = {
  host: 'text',
  port: 'port',
  tls: 'tls',
  secure: 'flag',
  auth: 'credentials',
  oauth: 'group',
  authType: 'authType',
  authMechanism: 'mechanism',
  allowUnauthenticated: 'flag',
  caFile: 'text',
  certificateFile: 'text',
  keyFile: 'text',
  minTlsVersion: 'version',
  verify: 'flag',
  name: 'text',
  proxy: 'text',
  localAddress: 'text',
  connectionTimeout: 'milliseconds',
  greetingTimeout: 'milliseconds',
  socketTimeout: 'milliseconds',
  maxConnections: 'count',
  maxMessages: 'count',
}

interface KindOfOption {
  readonly says: string
  fits(value: unknown): boolean
  /** The words it may be, where it is one of some. */
  readonly words?: readonly string[]
}

/** One of some words. */
function wordOf(...words: readonly string[]): KindOfOption {
  const quotes = words.map((word) => `'${word}'`)
  const says = `is ${quotes.slice(0, -1).join(', ')} or ${quotes.at(-1)}`
  return { says, fits: (value) => words.some((word) => word === value), words }
}

const KINDS: Readonly<Record<Kind, KindOfOption>> = {
  text: { says: 'is a string', fits: (value) => typeof value === 'string' },
  flag: { says: 'is true or false', fits: (value) => typeof value === 'boolean' },
  port: { says: 'is a number from 1 to 65535', fits: (value) => isWhole(value, 65_535) },
  // Node's timers fire at once beyond this.
  milliseconds: { says: 'is a number of milliseconds', fits: (value) => isWhole(value, 2 ** 31 - 1) },
  count: { says: 'is a whole number from 1', fits: (value) => isWhole(value, Number.MAX_SAFE_INTEGER) },
  tls: {
    says: "is 'none', 'starttls', 'implicit', or an object of TLS options",
    fits: (value) =>
      isObject(value) ||
      (typeof value === 'string' && TLS_MODES.some((mode) => mode === value.toLowerCase())),
    words: TLS_MODES,
  },
  credentials: { says: 'is an object with user and pass', fits: isObject },
  group: { says: 'is an object', fits: isObject },
  authType: wordOf('automatic', 'oauth', 'basic', 'none'),
  version: wordOf('TLSv1.2', 'TLSv1.3'),
  mechanism: wordOf('PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2', 'OAUTHBEARER'),
}

/** What people who come from nodemailer write, and what says the same here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  requireTLS: "tls: 'starttls'",
  ignoreTLS: "tls: 'none'",
  opportunisticTLS: "tls: 'starttls'",
  rejectUnauthorized: 'verify',
  ca: 'caFile',
  pool: 'nothing: connections are always pooled',
  service: 'host',
  url: 'the URL itself as the transport',
}

function checkKind(key: string, value: unknown, kind: Kind): void {
  if (value === undefined && key === 'host')
    throw invalidTransport(
      'host',
      'is missing; name the mail server there, or the folder for .eml files in transport.folder',
    )
  if (value === undefined) return
  const { says, fits, words = [] } = KINDS[kind]
  const meant = kind === 'tls' ? tlsModeMeant(value) : undefined
  if (!fits(value)) throw invalidTransport(key, `${says}${insteadOf(value, words, meant)}`)
}

function checkAuth(auth: object): void {
  refuseUnknown(auth, { user: 'text', pass: 'text' }, 'transport.auth.')
  for (const key of ['user', 'pass']) {
    const value: unknown = Reflect.get(auth, key)
    if (value !== undefined && typeof value !== 'string') throw invalidTransport(`auth.${key}`, 'is a string')
  }
}

function refuseUnknown(options: object, known: Readonly<Record<string, Kind>>, path: string): void {
  for (const key of Object.keys(options)) {
    if (Object.hasOwn(known, key)) continue
    const meant = Object.hasOwn(ELSEWHERE, key) ? ELSEWHERE[key] : nearest(key, Object.keys(known))
    const advice = meant ? `use ${meant}` : `there are ${Object.keys(known).join(', ')}`
    const field = `${path}${key}`
    throw invalidOption(field, `there is no option ${quoted(field)}; ${advice}`)
  }
}

function isWhole(value: unknown, largest: number): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= largest
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
