import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { domainToASCII } from 'node:url'
import type { Warning } from '../../mail.js'
import { maskOfProxy, type ProxySettings, transportProxy } from '../../network/proxy.js'
import { hasGrant, type OAuthOptions } from '../../oauth/oauth-options.js'
import { type TokenProvider, tokenProvider } from '../../oauth/token-provider.js'
import { invalidOption } from '../../options.js'
import { type Mask, maskOf } from '../../secrets.js'
import { invalidTransport } from '../invalid-transport.js'
import { checkSmtpOptions } from './check-options.js'
import type { AuthType, SmtpOptions, TlsMode } from './options.js'

/** The options, checked and complete. */
export interface SmtpSettings {
  readonly host: string
  readonly port: number
  /** `opportunistic` stands for loopback without a word about TLS: STARTTLS where it is offered. */
  readonly tls: TlsMode | 'opportunistic'
  readonly tlsOptions: ConnectionOptions
  readonly auth: { readonly user: string; readonly pass: string } | null
  readonly oauth: { readonly user: string; readonly provider: TokenProvider } | null
  readonly authType: AuthType
  readonly authMechanism: string | null
  readonly allowUnauthenticated: boolean
  readonly caFile: string | null
  readonly certificateFile: string | null
  readonly keyFile: string | null
  readonly minTlsVersion: 'TLSv1.2' | 'TLSv1.3' | null
  readonly verify: boolean
  readonly name: string | null
  readonly proxy: ProxySettings | null
  readonly localAddress: string | null
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
  checkSmtpOptions(options)
  const host = asciiHost(options.host.replace(/^\[(.*)\]$/, '$1'))
  if (host === '' || /[\s\p{Cc}/@]/u.test(host))
    throw invalidTransport('host', 'needs the name or address of a mail server')
  if (options.name !== undefined && !/^[!-~]+$/.test(options.name))
    throw invalidTransport('name', 'is a host name: letters, digits, dots and hyphens')
  if ((options.certificateFile === undefined) !== (options.keyFile === undefined))
    throw invalidTransport('certificateFile', 'and keyFile go together; give both or neither')
  const { localAddress = null } = options
  if (localAddress !== null && isIP(localAddress) === 0)
    throw invalidTransport('localAddress', 'is an IP address of this machine')
  const proxy = transportProxy(options.proxy)
  const tlsOptions = typeof options.tls === 'object' ? options.tls : {}
  const tls = tlsMode(options, host)
  return {
    host,
    port: options.port ?? DEFAULT_PORTS[tls],
    tls,
    tlsOptions,
    ...credentialsOf(options, proxy),
    caFile: options.caFile ?? null,
    certificateFile: options.certificateFile ?? null,
    keyFile: options.keyFile ?? null,
    minTlsVersion: options.minTlsVersion ?? null,
    verify: (options.verify ?? true) && tlsOptions.rejectUnauthorized !== false,
    name: options.name ?? null,
    proxy,
    localAddress,
    connectionTimeout: options.connectionTimeout ?? PATIENCE,
    greetingTimeout: options.greetingTimeout ?? PATIENCE,
    socketTimeout: options.socketTimeout ?? PATIENCE,
    maxConnections: options.maxConnections ?? 5,
    maxMessages: options.maxMessages ?? 100,
  }
}

type Credentials = Pick<
  SmtpSettings,
  'auth' | 'oauth' | 'authType' | 'authMechanism' | 'allowUnauthenticated'
>

/** Who logs in and how. What an `authType` needs and is not there is named. */
function credentialsOf(options: SmtpOptions, proxy: ProxySettings | null): Credentials {
  const { auth, oauth, authMechanism = null, allowUnauthenticated = false } = options
  const authType = options.authType ?? 'automatic'
  const user = auth?.user
  const common = { authType, authMechanism, allowUnauthenticated }
  if (authType === 'none') return { ...common, auth: null, oauth: null }
  const wantsToken = authType === 'oauth' || (authType === 'automatic' && oauth !== undefined)
  const wantsPassword =
    authType === 'basic' || (authType === 'automatic' && auth !== undefined && !(wantsToken && !auth.pass))
  const tokens = (oauth: OAuthOptions) =>
    tokenProvider(oauth, 'transport.oauth', { proxy, authorities: null })
  const missing = [
    (wantsToken || wantsPassword) && !user ? 'transport.auth.user' : '',
    wantsPassword && !auth?.pass ? 'transport.auth.pass' : '',
    wantsToken && oauth === undefined ? 'transport.oauth' : '',
    wantsToken && oauth !== undefined && !hasGrant(oauth)
      ? 'transport.oauth.refreshToken (or refreshTokenFile, or clientSecret)'
      : '',
  ].filter((name) => name !== '')
  if (missing.length > 0) {
    const [first = ''] = missing
    const advice =
      authType === 'automatic'
        ? 'leave auth out for a server that asks for no password'
        : `authType ${authType} needs it`
    throw invalidOption(first.replace(/ .*/, ''), `${missing.join(' and ')} is missing; ${advice}`)
  }
  return {
    ...common,
    auth: wantsPassword && user && auth.pass ? { user, pass: auth.pass } : null,
    oauth: wantsToken && user && oauth ? { user, provider: tokens(oauth) } : null,
  }
}

/** Hides the passwords, and the token of the moment. */
export function maskOfSettings({ auth, oauth, proxy }: SmtpSettings): Mask {
  const ofProxy = maskOfProxy(proxy)
  const ofUser = maskOf(auth)
  const password: Mask = (words) => ofProxy(ofUser(words))
  if (oauth === null) return password
  let last: { readonly token: string; readonly mask: Mask } | undefined
  return (words) => {
    const token = oauth.provider.secret()
    if (token !== null && last?.token !== token)
      last = { token, mask: maskOf({ user: oauth.user, pass: token }) }
    return password(last ? last.mask(words) : words)
  }
}

/** What a reader of every report should know about a connection made like this. */
export function smtpWarnings(settings: SmtpSettings): readonly Warning[] {
  const { tls, host, auth, oauth, verify, allowUnauthenticated, proxy } = settings
  const warnings: Warning[] = []
  if (tls === 'none' && !(isLoopback(host) && proxy === null)) {
    const what = auth
      ? 'the password and the mail travel'
      : oauth
        ? 'the token and the mail travel'
        : 'the mail travels'
    const message = `transport.tls is none: ${what} to ${host} for all on the way to read; use starttls or implicit`
    warnings.push({ code: 'PLAINTEXT_CONNECTION', message })
  }
  if (tls !== 'none' && !verify) {
    const message = `the certificate of ${host} is not verified, anyone may pose as it; name its authority in transport.caFile instead`
    warnings.push({ code: 'TLS_NOT_VERIFIED', message })
  }
  if (allowUnauthenticated && (auth || oauth)) {
    const message = `mails go to ${host} also where it refuses who logs in; leave transport.allowUnauthenticated out`
    warnings.push({ code: 'UNAUTHENTICATED_ALLOWED', message })
  }
  return warnings
}

/** Whether a host is this machine (RFC 6761, section 6.3; RFC 1122, section 3.2.1.3; RFC 4291, section 2.5.3). */
function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '')
  if (name === 'localhost' || name === '::1') return true
  return isIP(name) !== 0 && /^(?:::ffff:)?127\./.test(name)
}

function tlsMode({ tls, secure, port, proxy }: SmtpOptions, host: string): SmtpSettings['tls'] {
  if (typeof tls === 'string') {
    const mode = tls.toLowerCase() as TlsMode
    // `secure: false` is nodemailer's word for STARTTLS as well, and contradicts no more than `implicit`.
    const contradiction = secure === true ? mode !== 'implicit' : secure === false && mode === 'implicit'
    if (contradiction)
      throw invalidTransport('secure', `says ${secure}, which contradicts tls: ${tls}; leave secure out`)
    return mode
  }
  if (secure ?? port === DEFAULT_PORTS.implicit) return 'implicit'
  // A proxy's loopback is not ours.
  return isLoopback(host) && proxy === undefined ? 'opportunistic' : 'starttls'
}

/** An internationalised name as DNS and certificates have it (RFC 5890, section 2.3.2.1). */
function asciiHost(host: string): string {
  return /[^\0-\x7f]/.test(host) ? domainToASCII(host) : host
}

/** RFC 5321, section 4.5.4.2; RFC 6409, section 3.1; RFC 8314, section 3.3. */
const DEFAULT_PORTS = { none: 25, opportunistic: 25, starttls: 587, implicit: 465 } as const

/** How long to wait for a server that says nothing, in milliseconds. */
const PATIENCE = 30_000
