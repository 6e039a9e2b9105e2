import { isIP } from 'node:net'
import { proxySettings } from '../network/proxy.js'
import type { WebWay } from '../network/web-fetch.js'
import { invalidOption, refuseUnknownOptions } from '../options.js'

/** How to get OAuth 2.0 access tokens (RFC 6749). */
export interface OAuthOptions {
  /** Fills in URLs and scope. Default: none. */
  readonly provider?: 'google' | 'microsoft'
  /** Microsoft's tenant, by name or id. Default `common`. */
  readonly tenant?: string
  /** The application's id at the authorization server. */
  readonly clientId?: string
  /** Its secret. Without a refresh token, it alone is exchanged for tokens (client credentials). Default: none. */
  readonly clientSecret?: string
  /** Where tokens come from. Default: the provider's. */
  readonly tokenUrl?: string
  /** Where a person agrees; `incident-mailer authorize` needs it. Default: the provider's. */
  readonly authorizationUrl?: string
  /** Where a code for another device comes from; `authorize --device` needs it. Default: the provider's. */
  readonly deviceUrl?: string
  /** What the token is for, with spaces between. Default: the provider's. */
  readonly scope?: string
  /** A refresh token. One that the server replaces is remembered as long as the process lives. */
  readonly refreshToken?: string
  /**
   * A file with the refresh token, which is kept up to date when the server replaces it; processes of one machine may
   * share it.
   */
  readonly refreshTokenFile?: string
  /** A user name whose password is exchanged for tokens (RFC 6749, section 4.3), where nothing better is possible. */
  readonly username?: string
  /** That user's password. */
  readonly password?: string
  /**
   * The proxy on the way to the authorization server, as in `transport.proxy`, or `none`. Default: the transport's.
   */
  readonly proxy?: string
  /**
   * A PEM file of the authorities to trust there, instead of those that Node brings along. Default: Node's; for
   * Microsoft Graph `transport.caFile`.
   */
  readonly caFile?: string
  /** A function of your own that returns an access token; nothing else is needed then. Default: none. */
  readonly getToken?: (signal: AbortSignal | undefined) => Promise<string>
}

/** The options, with what a provider fills in. */
export type OAuthSettings = Omit<OAuthOptions, 'proxy' | 'caFile'> & {
  readonly clientId: string
  readonly tokenUrl: string
  readonly way: WebWay
}

/**
 * Checks the options and fills in the provider's.
 *
 * @param path - where they stand in the settings: `transport.oauth`
 * @param transport - how requests of the transport go
 * @throws IncidentMailerError `INVALID_CONFIG`, naming everything that is missing
 */
export function oauthSettings(options: OAuthOptions, path: string, transport: WebWay): OAuthSettings {
  refuseUnknownOptions(options, OAUTH_OPTIONS, path)
  const { proxy, caFile, ...complete } = withPreset(options)
  const way: WebWay = {
    proxy:
      proxy === undefined ? transport.proxy : proxy === 'none' ? null : proxySettings(proxy, `${path}.proxy`),
    authorities: caFile === undefined ? transport.authorities : { path: caFile, field: `${path}.caFile` },
  }
  for (const key of ['tokenUrl', 'authorizationUrl', 'deviceUrl'] as const)
    checkUrl(complete[key], `${path}.${key}`)
  for (const key of ['tokenUrl', 'deviceUrl'] as const) checkWay(complete[key], `${path}.${key}`, way)
  const { clientId, tokenUrl } = complete
  if (options.getToken !== undefined)
    return { ...complete, way, clientId: clientId ?? '', tokenUrl: tokenUrl ?? '' }
  if (clientId && tokenUrl) return { ...complete, way, clientId, tokenUrl }
  const missing = [clientId ? '' : `${path}.clientId`, tokenUrl ? '' : `${path}.tokenUrl (or provider)`]
  throw invalidOption(path, `${missing.filter((name) => name !== '').join(' and ')} is missing`)
}

/** Whether tokens can be had without a person: there is a refresh token, a secret, or a function. */
export function hasGrant(options: OAuthOptions): boolean {
  const { getToken, refreshToken, refreshTokenFile, clientSecret, password } = options
  return getToken !== undefined || Boolean(refreshToken || refreshTokenFile || clientSecret || password)
}

function withPreset(options: OAuthOptions): OAuthOptions {
  if (options.provider === undefined) return options
  return { ...PRESETS[options.provider](encodeURIComponent(options.tenant ?? 'common')), ...options }
}

/** As the providers' documents have them. */
const PRESETS: Readonly<Record<'google' | 'microsoft', (tenant: string) => OAuthOptions>> = {
  google: () => ({
    tokenUrl: 'https://oauth2.googleapis.com/token',
    authorizationUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
    deviceUrl: 'https://oauth2.googleapis.com/device/code',
    scope: 'https://mail.google.com/',
  }),
  microsoft: (tenant) => ({
    tokenUrl: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`,
    authorizationUrl: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/authorize`,
    deviceUrl: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/devicecode`,
    scope: 'https://outlook.office.com/SMTP.Send offline_access',
  }),
}

/** RFC 6749, section 3.2: over TLS. A server on this machine may do without. */
function checkUrl(text: string | undefined, field: string): void {
  if (text === undefined) return
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'https:') return
  if (url?.protocol === 'http:' && isThisMachine(url.hostname)) return
  throw invalidOption(field, `${field} must be a URL that begins with https:`)
}

/**
 * Refuses a URL without TLS that a proxy would read along, and whose loopback is the proxy's and not ours.
 *
 * @param field - the setting of the URL
 */
export function checkWay(text: string | undefined, field: string, { proxy }: WebWay): void {
  if (text === undefined || proxy === null || new URL(text).protocol === 'https:') return
  throw invalidOption(
    field,
    `${field} must be a URL that begins with https: on the way through ${proxy.field}`,
  )
}

/** Whether a URL's host is this machine. */
export function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** Every option, so that a misspelt one is refused wherever they stand. */
export const OAUTH_OPTIONS: Record<keyof OAuthOptions, true> = {
  provider: true,
  tenant: true,
  clientId: true,
  clientSecret: true,
  tokenUrl: true,
  authorizationUrl: true,
  deviceUrl: true,
  scope: true,
  refreshToken: true,
  refreshTokenFile: true,
  username: true,
  password: true,
  proxy: true,
  caFile: true,
  getToken: true,
}
