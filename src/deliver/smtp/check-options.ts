import { IncidentMailerError } from '../../errors.js'
import { nearest } from '../../nearest.js'
import { quoted } from '../../quoted.js'
import type { SmtpOptions } from './options.js'

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

const KINDS: Readonly<Record<Kind, { says: string; fits: (value: unknown) => boolean }>> = {
  text: { says: 'is a string', fits: (value) => typeof value === 'string' },
  flag: { says: 'is true or false', fits: (value) => typeof value === 'boolean' },
  port: { says: 'is a number from 1 to 65535', fits: (value) => isWhole(value, 65_535) },
  // Node's timers fire at once beyond this.
  milliseconds: { says: 'is a number of milliseconds', fits: (value) => isWhole(value, 2 ** 31 - 1) },
  count: { says: 'is a whole number from 1', fits: (value) => isWhole(value, Number.MAX_SAFE_INTEGER) },
  tls: {
    says: "is 'none', 'starttls', 'implicit', or an object of TLS options",
    fits: (value) =>
      isObject(value) || (typeof value === 'string' && /^(?:none|starttls|implicit)$/i.test(value)),
  },
  credentials: { says: 'is an object with user and pass', fits: isObject },
  group: { says: 'is an object', fits: isObject },
  authType: {
    says: "is 'automatic', 'oauth', 'basic' or 'none'",
    fits: (value) => ['automatic', 'oauth', 'basic', 'none'].includes(String(value)),
  },
  version: {
    says: "is 'TLSv1.2' or 'TLSv1.3'",
    fits: (value) => value === 'TLSv1.2' || value === 'TLSv1.3',
  },
  mechanism: {
    says: "is 'PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2' or 'OAUTHBEARER'",
    fits: (value) => ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2', 'OAUTHBEARER'].includes(String(value)),
  },
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
    throw invalidOption(
      'host',
      'is missing; name the mail server there, or the folder for .eml files in transport.folder',
    )
  if (value === undefined) return
  if (!KINDS[kind].fits(value)) throw invalidOption(key, KINDS[kind].says)
}

function checkAuth(auth: object): void {
  refuseUnknown(auth, { user: 'text', pass: 'text' }, 'transport.auth.')
  for (const key of ['user', 'pass']) {
    const value: unknown = Reflect.get(auth, key)
    if (value !== undefined && typeof value !== 'string') throw invalidOption(`auth.${key}`, 'is a string')
  }
}

function refuseUnknown(options: object, known: Readonly<Record<string, Kind>>, path: string): void {
  for (const key of Object.keys(options)) {
    if (Object.hasOwn(known, key)) continue
    const meant = Object.hasOwn(ELSEWHERE, key) ? ELSEWHERE[key] : nearest(key, Object.keys(known))
    const advice = meant ? `use ${meant}` : `there are ${Object.keys(known).join(', ')}`
    const field = `${path}${key}`
    throw new IncidentMailerError('INVALID_CONFIG', `there is no option ${quoted(field)}; ${advice}`, {
      stage: 'config',
      field,
    })
  }
}

/** An error about one option; never with its value, which may be a secret. */
export function invalidOption(key: string, message: string): IncidentMailerError {
  const field = `transport.${key}`
  return new IncidentMailerError('INVALID_CONFIG', `${field} ${message}`, { stage: 'config', field })
}

function isWhole(value: unknown, largest: number): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= largest
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
