import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { domainToASCII } from 'node:url'
import { IncidentMailerError } from '../errors.js'
import type { Warning } from '../mail.js'
import { nearest } from '../nearest.js'

/** How to reach a mail server. */
export interface SmtpOptions {
  /** The server's name or address. */
  readonly host: string
  /** Default: 465 for `implicit`, 587 for `starttls`, 25 without TLS and on loopback. */
  readonly port?: number
  /**
   * `implicit` speaks TLS from the first octet, `starttls` insists on STARTTLS, `none` does without. Default:
   * `implicit` for port 465, else `starttls`; on loopback STARTTLS where it is offered. Or options of Node's
   * `tls.connect`, as nodemailer takes them; then the default applies.
   */
  readonly tls?: TlsMode | ConnectionOptions
  /** nodemailer's word for `tls: 'implicit'`. Default: by `tls` and `port`. */
  readonly secure?: boolean
  /** User name and password. Default: no authentication. */
  readonly auth?: { readonly user: string; readonly pass: string }
  /** A PEM file of the authorities to trust, instead of those that Node brings along. */
  readonly caFile?: string
  /** Verify the server's certificate. Default true; false is warned of in every report. */
  readonly verify?: boolean
  /** The name to introduce this machine by (EHLO). Default: its host name. */
  readonly name?: string
  /** The time to look up the host, connect and agree on TLS, in milliseconds. Default 30,000. */
  readonly connectionTimeout?: number
  /** The time for the server's greeting, in milliseconds. Default 30,000. */
  readonly greetingTimeout?: number
  /** How long the server may be silent when a command was sent, in milliseconds. Default 30,000. */
  readonly socketTimeout?: number
  /** How many connections may be open at once. Default 5. */
  readonly maxConnections?: number
  /** How many mails travel over one connection before it is replaced. Default 100. */
  readonly maxMessages?: number
}

/** How a connection is protected, as it is written. */
export type TlsMode = 'none' | 'starttls' | 'implicit'

/** The options, checked and complete. */
export interface SmtpSettings {
  readonly host: string
  readonly port: number
  /** `opportunistic` stands for loopback without a word about TLS: STARTTLS where it is offered. */
  readonly tls: TlsMode | 'opportunistic'
  readonly tlsOptions: ConnectionOptions
  readonly auth: { readonly user: string; readonly pass: string } | null
  readonly caFile: string | null
  readonly verify: boolean
  readonly name: string | null
  readonly connectionTimeout: number
  readonly greetingTimeout: number
  readonly socketTimeout: number
  readonly maxConnections: number
  readonly maxMessages: number
}

/**
 * Checks options and fills in the defaults.
 *
 * @throws IncidentMailerError `INVALID_CONFIG` for an unknown key, a wrong kind of value, or two that
 * contradict each other
 */
export function smtpSettings(options: SmtpOptions): SmtpSettings {
  refuseUnknown(options, KNOWN, 'transport.')
  for (const [key, kind] of Object.entries(KNOWN)) checkKind(key, Reflect.get(options, key), kind)
  if (options.auth) checkAuth(options.auth)
  const host = asciiHost(options.host.replace(/^\[(.*)\]$/, '$1'))
  if (host === '' || /[\s\p{Cc}/@]/u.test(host))
    throw invalid('host', 'needs the name or address of a mail server')
  if (options.name !== undefined && !/^[!-~]+$/.test(options.name))
    throw invalid('name', 'is a host name: letters, digits, dots and hyphens')
  const tlsOptions = typeof options.tls === 'object' ? options.tls : {}
  const tls = tlsMode(options, host)
  return {
    host,
    port: options.port ?? DEFAULT_PORTS[tls],
    tls,
    tlsOptions,
    auth: options.auth ?? null,
    caFile: options.caFile ?? null,
    verify: (options.verify ?? true) && tlsOptions.rejectUnauthorized !== false,
    name: options.name ?? null,
    connectionTimeout: options.connectionTimeout ?? PATIENCE,
    greetingTimeout: options.greetingTimeout ?? PATIENCE,
    socketTimeout: options.socketTimeout ?? PATIENCE,
    maxConnections: options.maxConnections ?? 5,
    maxMessages: options.maxMessages ?? 100,
  }
}

/** What a reader of every report should know about a connection made like this. */
export function smtpWarnings(settings: SmtpSettings): readonly Warning[] {
  const { tls, host, auth, verify } = settings
  const warnings: Warning[] = []
  if (tls === 'none' && !isLoopback(host)) {
    const what = auth ? 'the password and the mail travel' : 'the mail travels'
    const message = `transport.tls is none: ${what} to ${host} for all on the way to read; use starttls or implicit`
    warnings.push({ code: 'PLAINTEXT_CONNECTION', message })
  }
  if (tls !== 'none' && !verify) {
    const message = `the certificate of ${host} is not verified, anyone may pose as it; name its authority in transport.caFile instead`
    warnings.push({ code: 'TLS_NOT_VERIFIED', message })
  }
  return warnings
}

/** Whether a host is this machine (RFC 6761, section 6.3; RFC 1122, section 3.2.1.3; RFC 4291, section 2.5.3). */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '')
  if (name === 'localhost' || name.endsWith('.localhost') || name === '::1') return true
  return isIP(name) !== 0 && /^(?:::ffff:)?127\./.test(name)
}

function tlsMode({ tls, secure, port }: SmtpOptions, host: string): SmtpSettings['tls'] {
  if (typeof tls === 'string') {
    // `secure: false` is nodemailer's word for STARTTLS as well, and contradicts no more than `implicit`.
    const contradiction = secure === true ? tls !== 'implicit' : secure === false && tls === 'implicit'
    if (contradiction)
      throw invalid('secure', `says ${secure}, which contradicts tls: ${tls}; leave secure out`)
    return tls
  }
  if (secure ?? port === DEFAULT_PORTS.implicit) return 'implicit'
  return isLoopback(host) ? 'opportunistic' : 'starttls'
}

/** An internationalised name as DNS and certificates have it (RFC 5890, section 2.3.2.1). */
function asciiHost(host: string): string {
  return /[^\0-\x7f]/.test(host) ? domainToASCII(host) : host
}

/** RFC 5321, section 4.5.4.2; RFC 6409, section 3.1; RFC 8314, section 3.3. */
const DEFAULT_PORTS = { none: 25, opportunistic: 25, starttls: 587, implicit: 465 } as const

/** How long to wait for a server that says nothing, in milliseconds. */
const PATIENCE = 30_000

type Kind = 'text' | 'flag' | 'port' | 'milliseconds' | 'count' | 'tls' | 'credentials'

const KNOWN: Readonly<Record<keyof SmtpOptions, Kind>> = {
  host: 'text',
  port: 'port',
  tls: 'tls',
  secure: 'flag',
  auth: 'credentials',
  caFile: 'text',
  verify: 'flag',
  name: 'text',
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
    fits: (value) => isObject(value) || value === 'none' || value === 'starttls' || value === 'implicit',
  },
  credentials: { says: 'is an object with user and pass', fits: isObject },
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
  if (value === undefined && key !== 'host') return
  if (!KINDS[kind].fits(value)) throw invalid(key, KINDS[kind].says)
}

function checkAuth(auth: object): void {
  refuseUnknown(auth, { user: 'text', pass: 'text' }, 'transport.auth.')
  for (const key of ['user', 'pass']) {
    const value: unknown = Reflect.get(auth, key)
    if (typeof value !== 'string' || value === '')
      throw invalid(`auth.${key}`, 'is missing; leave auth out for a server that asks for no password')
  }
}

function refuseUnknown(options: object, known: Readonly<Record<string, Kind>>, path: string): void {
  for (const key of Object.keys(options)) {
    if (Object.hasOwn(known, key)) continue
    const meant = Object.hasOwn(ELSEWHERE, key) ? ELSEWHERE[key] : nearest(key, Object.keys(known))
    const advice = meant ? `use ${meant}` : `there are ${Object.keys(known).join(', ')}`
    const field = `${path}${key}`
    throw new IncidentMailerError(
      'INVALID_CONFIG',
      `there is no option ${JSON.stringify(field).slice(0, 80)}; ${advice}`,
      { stage: 'config', field },
    )
  }
}

/** An error about one option; never with its value, which may be a secret. */
function invalid(key: string, message: string): IncidentMailerError {
  const field = `transport.${key}`
  return new IncidentMailerError('INVALID_CONFIG', `${field} ${message}`, { stage: 'config', field })
}

function isWhole(value: unknown, largest: number): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= largest
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
