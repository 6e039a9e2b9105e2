import { transportProxy } from '../../network/proxy.js'
import type { WebWay } from '../../network/web-fetch.js'
import { checkWay, OAUTH_OPTIONS, type OAuthOptions } from '../../oauth/oauth-options.js'
import { type TokenProvider, tokenProvider } from '../../oauth/token-provider.js'
import { invalidOption, refuseUnknownOptions } from '../../options.js'

/** Microsoft Graph, as a way to an Exchange Online mailbox. */
export interface GraphOptions {
  readonly graph: {
    /** Whose mailbox sends: a user principal name or id. Default: the one who agreed (`/me`), with a refresh token. */
    readonly user?: string
    /** Access tokens. `provider: 'microsoft'` and Graph's scope go without saying. */
    readonly oauth: OAuthOptions
    /** Default `https://graph.microsoft.com/v1.0`; national clouds have others. */
    readonly baseUrl?: string
  }
  /**
   * The proxy on the way, for tokens too: `http://user:password@proxy.example.com:3128` for HTTP's CONNECT, or
   * `socks5:`. Default: none.
   */
  readonly proxy?: string
  /** A PEM file of the authorities to trust, instead of those that Node brings along; for tokens too. */
  readonly caFile?: string
}

/** The options, checked and complete. */
export interface GraphSettings {
  /** The mailbox that sends, without a slash at its end. */
  readonly mailbox: string
  readonly way: WebWay
  readonly provider: TokenProvider
}

/**
 * Checks options and fills in the defaults.
 *
 * @throws IncidentMailerError `INVALID_CONFIG`
 */
export function graphSettings(options: GraphOptions): GraphSettings {
  refuseUnknownOptions(options, KEYS, 'transport')
  refuseUnknownOptions(options.graph, OPTIONS, 'transport.graph')
  const { user, oauth } = options.graph
  if (user !== undefined && (typeof user !== 'string' || !/^[^\s/?#\\]+$/.test(user) || /^\.+$/.test(user)))
    throw invalidOption('transport.graph.user', 'transport.graph.user must be a user principal name or an id')
  refuseUnknownOptions(oauth, OAUTH_OPTIONS, 'transport.graph.oauth')
  const base = graphBaseUrl(options)
  const way = graphWay(options)
  checkWay(base, 'transport.graph.baseUrl', way)
  const provider = tokenProvider(graphOAuth(oauth), 'transport.graph.oauth', way)
  const mailbox = user === undefined ? 'me' : `users/${encodeURIComponent(user)}`
  return { mailbox: `${base}/${mailbox}`, way, provider }
}

/**
 * How requests to Graph go, and those for its tokens where `oauth` says no other.
 *
 * @throws IncidentMailerError `INVALID_CONFIG`
 */
export function graphWay({ proxy, caFile }: GraphOptions): WebWay {
  for (const [field, text] of Object.entries({ proxy, caFile }))
    if (text !== undefined && typeof text !== 'string')
      throw invalidOption(`transport.${field}`, `transport.${field} must be a string`)
  return {
    proxy: transportProxy(proxy),
    authorities: caFile === undefined ? null : { path: caFile, field: 'transport.caFile' },
  }
}

/** The options for access tokens, with what goes without saying at Graph. */
export function graphOAuth(oauth: OAuthOptions): OAuthOptions {
  const preset = oauth.getToken || oauth.tokenUrl ? {} : { provider: 'microsoft' as const }
  return { ...preset, scope: SCOPE, ...oauth }
}

/**
 * Where Graph is, without a slash at its end.
 *
 * @throws IncidentMailerError `INVALID_CONFIG`
 */
export function graphBaseUrl({ graph }: GraphOptions): string {
  const { baseUrl = 'https://graph.microsoft.com/v1.0' } = graph
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null
  if (url?.protocol !== 'https:' && !isOnLoopback(url))
    throw invalidOption(
      'transport.graph.baseUrl',
      'transport.graph.baseUrl must be a URL that begins with https:',
    )
  return baseUrl.replace(/\/+$/, '')
}

/** Whether it leads to this machine, as that of a stand-in does, where TLS is not needed. */
export function isOnLoopback(url: URL | null): boolean {
  return url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
}

const KEYS: Record<keyof GraphOptions, true> = { graph: true, proxy: true, caFile: true }

const OPTIONS: Record<keyof GraphOptions['graph'], true> = { user: true, oauth: true, baseUrl: true }

/** What the application may do, as it is registered: `Mail.Send`, and `Mail.ReadWrite` for large mails. */
const SCOPE = 'https://graph.microsoft.com/.default'
