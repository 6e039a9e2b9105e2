import { nameOf, transportProxy } from '../../network/proxy.js'
import type { WebWay } from '../../network/web-fetch.js'
import { checkWay, OAUTH_OPTIONS, type OAuthOptions } from '../../oauth/oauth-options.js'
import { type TokenProvider, tokenProvider } from '../../oauth/token-provider.js'
import { invalidOption, refuseUnknownOptions } from '../../options.js'
import { type StageContext, throwIfAborted } from '../../pipeline.js'
import { maskOf } from '../../secrets.js'
import { announce, type Carrier, type Handover, type Parcel } from '../handover.js'
import { type GraphAnswer, handoverOf, isTooLarge, lostHandover, tooLargeFor } from './answer.js'

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
  /** Where messages are posted. */
  readonly url: string
  readonly way: WebWay
  readonly provider: TokenProvider
}

/**
 * Hands finished messages to Microsoft Graph (`sendMail` with MIME content). Graph has no envelope: it takes the
 * recipients from the message, which therefore gets exactly those, the blind ones in a Bcc field that Exchange
 * removes. It keeps a copy in Sent Items.
 */
export function graphCarrier(settings: GraphSettings): Carrier {
  const post = async (parcel: Parcel, body: string, context: StageContext): Promise<Handover> => {
    const token = await settings.provider.token(context.signal)
    const first = await request(settings, token, body, context)
    if (!('status' in first) || first.status !== 401) return outcome(first, parcel, [token])
    // A token may be withdrawn before its time; a second refusal is one.
    const renewed = await settings.provider.renew(token, context.signal)
    return outcome(await request(settings, renewed, body, context), parcel, [token, renewed])
  }
  return {
    warnings: [],
    async send(parcel, context) {
      throwIfAborted(context.signal)
      const { graphMessage } = await import('./message.js')
      const body = graphMessage(parcel).toString('base64')
      if (isTooLarge(body.length)) return tooLargeFor(parcel.to, body.length)
      // Before anybody is told that it begins: a token that cannot be had is no attempt.
      await settings.provider.token(context.signal)
      await announce(parcel, context)
      throwIfAborted(context.signal)
      const handover = await post(parcel, body, context)
      context.logger?.debug(
        { messageId: parcel.messageId, accepted: handover.accepted.length },
        'Graph has answered',
      )
      return handover
    },
    async close() {},
  }
}

/** Whether tokens can be had. Nothing is sent. */
export async function checkGraph(
  { url, way, provider }: GraphSettings,
  signal?: AbortSignal,
): Promise<string> {
  await provider.token(signal)
  return `a token was issued; mails are posted to ${url}${way.proxy ? ` through ${nameOf(way.proxy)}` : ''}`
}

function outcome(
  answer: GraphAnswer | { readonly thrown: unknown },
  { to }: Parcel,
  tokens: readonly string[],
): Handover {
  const masks = tokens.map((pass) => maskOf({ user: '', pass }))
  const mask = (words: string) => masks.reduce((masked, each) => each(masked), words)
  return 'status' in answer ? handoverOf(answer, to, mask) : lostHandover(answer.thrown, to)
}

async function request(
  { url, way }: GraphSettings,
  token: string,
  body: string,
  { signal }: StageContext,
): Promise<GraphAnswer | { readonly thrown: unknown }> {
  const { webFetch } = await import('../../network/web-fetch.js')
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'text/plain' }
  try {
    const response = await webFetch(new URL(url), { method: 'POST', headers, body, signal }, way)
    const text = await response.text().catch(() => '')
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      requestId: response.headers.get('request-id'),
      text,
    }
  } catch (thrown) {
    return { thrown }
  }
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
  return { url: `${base}/${mailbox}/sendMail`, way, provider }
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
  const local = url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
  if (url?.protocol !== 'https:' && !local)
    throw invalidOption(
      'transport.graph.baseUrl',
      'transport.graph.baseUrl must be a URL that begins with https:',
    )
  return baseUrl.replace(/\/+$/, '')
}

const KEYS: Record<keyof GraphOptions, true> = { graph: true, proxy: true, caFile: true }

const OPTIONS: Record<keyof GraphOptions['graph'], true> = { user: true, oauth: true, baseUrl: true }

/** What the application may do, as it is registered: `Mail.Send`. */
const SCOPE = 'https://graph.microsoft.com/.default'
