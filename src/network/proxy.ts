import { IncidentMailerError } from '../errors.js'
import { invalidOption } from '../options.js'
import { type Mask, maskOf } from '../secrets.js'
import { authority } from './authority.js'

/** A proxy on the way to a server. */
export interface ProxySettings {
  /** The setting that names it, for messages: `transport.proxy`. */
  readonly field: string
  readonly kind: 'HTTP' | 'SOCKS5'
  readonly host: string
  readonly port: number
  readonly auth: { readonly user: string; readonly pass: string } | null
}

/**
 * Reads a proxy's URL.
 *
 * @param field - the setting that it is
 * @throws IncidentMailerError `INVALID_CONFIG`, never with the URL itself, which may hold a password
 */
export function proxySettings(text: string, field: string): ProxySettings {
  const url = URL.canParse(text) ? new URL(text) : null
  const kind = url === null ? undefined : KINDS[url.protocol]
  if (url === null || kind === undefined || url.hostname === '')
    throw invalid(field, 'is a URL: http://proxy.example.com:3128 or socks5://proxy.example.com:1080')
  if (!/^\/?$/.test(url.pathname) || url.search !== '' || url.hash !== '')
    throw invalid(
      field,
      'has something after the host that it should not have; a / ? # or @ in a password is %2F %3F %23 %40',
    )
  const user = decoded(url.username, field)
  const pass = decoded(url.password, field)
  // RFC 1929, section 2: a length of one octet. RFC 7617, section 2: a colon ends the user name.
  if ([user, pass].some((word) => Buffer.byteLength(word) > 255) || user.includes(':'))
    throw invalid(field, 'has a user name or password of more than 255 octets, or a colon in the user name')
  return {
    field,
    kind,
    host: decoded(url.hostname, field).replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? DEFAULT_PORTS[kind] : Number(url.port),
    auth: user === '' && pass === '' ? null : { user, pass },
  }
}

/** The proxy that a transport names, or null. Throws as `proxySettings` does. */
export function transportProxy(text: string | undefined): ProxySettings | null {
  return text === undefined ? null : proxySettings(text, 'transport.proxy')
}

/** What went wrong at a proxy, as an error that names it and its setting. */
export function proxyError(
  proxy: ProxySettings,
  says: string,
  how: { code?: IncidentMailerError['code']; temporary?: boolean; advice?: string; cause?: unknown } = {},
): IncidentMailerError {
  const { code = 'CONNECTION_FAILED', temporary = true, advice = `check ${proxy.field}`, cause } = how
  return new IncidentMailerError(code, `${nameOf(proxy)} ${says}; ${advice}`, {
    ...{ temporary, cause, field: proxy.field },
  })
}

/** `the HTTP proxy proxy.example.com:3128`. */
export function nameOf(proxy: ProxySettings): string {
  return `the ${proxy.kind} proxy ${authority(proxy)}`
}

/** Hides a proxy's password. */
export function maskOfProxy(proxy: ProxySettings | null): Mask {
  const auth = proxy?.auth
  if (!auth) return (words) => words
  const basic = maskOf({ user: '', pass: `${auth.user}:${auth.pass}` })
  const pass = maskOf(auth)
  return (words) => pass(basic(words))
}

function decoded(text: string, field: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid(field, 'has a % that should be written %25')
  }
}

function invalid(field: string, message: string): IncidentMailerError {
  return invalidOption(field, `${field} ${message}`)
}

/** `socks5h` is curl's word for the only way there is here: the proxy looks names up. */
const KINDS: Readonly<Record<string, ProxySettings['kind']>> = {
  'http:': 'HTTP',
  'socks5:': 'SOCKS5',
  'socks5h:': 'SOCKS5',
}

const DEFAULT_PORTS = { HTTP: 80, SOCKS5: 1080 } as const
