import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { IncidentMailerError } from '../errors.js'
import type { WebWay } from '../network/web-fetch.js'
import { invalidOption } from '../options.js'
import { authorizationServer, type Sent, type Tokens } from './authorization-server.js'
import { type OAuthOptions, oauthSettings } from './oauth-options.js'

/** How a person's consent is asked for. */
export interface AuthorizeOptions {
  /** Tells the person where to go, and for another device which code to enter there. */
  readonly show: (url: string, code: string | null) => void
  /** The address to which the person's browser was sent, pasted by hand. Default: a loopback server waits for it. */
  readonly pasted?: (() => Promise<string>) | undefined
  /** The port of the loopback server. Default: any that is free. */
  readonly port?: number | undefined
  /** Where the options stand in the settings: `transport.oauth`. */
  readonly path: string
  /** How requests of the transport go, and ours where the options say no other. */
  readonly transport: WebWay
  readonly signal?: AbortSignal | undefined
}

/**
 * A refresh token from a person's consent: the authorization code flow with PKCE (RFC 8252, RFC 7636), over a redirect
 * to loopback.
 *
 * @throws IncidentMailerError `INVALID_CONFIG` for settings without `authorizationUrl`; `AUTHENTICATION_FAILED` for a
 * redirect with another `state`, and for what the server refuses
 */
export async function authorizeByCode(options: OAuthOptions, how: AuthorizeOptions): Promise<string> {
  const settings = oauthSettings(options, how.path, how.transport)
  const { authorizationUrl, clientId, scope } = settings
  if (authorizationUrl === undefined) throw missing('authorizationUrl', how.path)
  const server = how.pasted ? null : await listen(how.port ?? 0)
  try {
    const port = server ? (server.address() as AddressInfo).port : (how.port ?? 8080)
    const sent: Sent = {
      redirectUri: `http://127.0.0.1:${port}/callback`,
      state: random(),
      codeVerifier: random(),
    }
    const url = new URL(authorizationUrl)
    const parameters = {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: sent.redirectUri,
      ...(scope && { scope }),
      state: sent.state,
      code_challenge: createHash('sha256').update(sent.codeVerifier).digest('base64url'),
      code_challenge_method: 'S256',
      // Google hands out a refresh token only when asked in these words; others pass over them.
      access_type: 'offline',
      prompt: 'consent',
    }
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    how.show(url.href, null)
    const redirect = server ? await redirected(server, sent, how.signal) : pastedUrl(await how.pasted?.())
    return refreshTokenIn(await authorizationServer(settings).redeem(redirect, sent, how.signal))
  } finally {
    server?.close()
    server?.closeAllConnections()
  }
}

/**
 * A refresh token from a person's consent on another device (RFC 8628).
 *
 * @throws IncidentMailerError `INVALID_CONFIG` for settings without `deviceUrl`; `AUTHENTICATION_FAILED`
 */
export async function authorizeByDevice(options: OAuthOptions, how: AuthorizeOptions): Promise<string> {
  const settings = oauthSettings(options, how.path, how.transport)
  if (settings.deviceUrl === undefined) throw missing('deviceUrl', how.path)
  const server = authorizationServer(settings)
  const started = await server.startDevice(how.signal)
  how.show(started.verification_uri, started.user_code)
  let interval = started.interval ?? 5
  for (;;) {
    await setTimeout(interval * 1000, undefined, { signal: how.signal })
    const tokens = await server.pollDevice(started.device_code, how.signal)
    if (tokens === 'slow_down') interval += 5
    else if (tokens !== 'pending') return refreshTokenIn(tokens)
  }
}

async function listen(port: number): Promise<Server> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** The first request for the redirect's path that brings our `state`; others, which anyone may send, are told off. */
function redirected(
  server: Server,
  { redirectUri, state }: Sent,
  signal: AbortSignal | undefined,
): Promise<URL> {
  return new Promise((resolve, reject) => {
    const stop = () =>
      reject(new IncidentMailerError('ABORTED', 'stopped before anyone agreed', { temporary: true }))
    if (signal?.aborted) return stop()
    signal?.addEventListener('abort', stop, { once: true })
    server.on('request', (request, response) => {
      const url = new URL(request.url ?? '/', redirectUri)
      const ours = url.pathname === '/callback' && url.searchParams.get('state') === state
      response.writeHead(ours ? 200 : 400, { 'content-type': 'text/plain', connection: 'close' })
      response.end(
        ours ? 'Thank you. You can close this page.\n' : 'This is not the page that was waited for.\n',
        () => {
          if (ours) resolve(url)
        },
      )
    })
  })
}

function pastedUrl(text: string | undefined): URL {
  const url = text?.trim() ?? ''
  if (URL.canParse(url)) return new URL(url)
  throw new IncidentMailerError(
    'USAGE',
    'that is no URL; paste the whole address from the browser, with code and state',
  )
}

function refreshTokenIn({ refreshToken }: Tokens): string {
  if (refreshToken !== null) return refreshToken
  throw new IncidentMailerError(
    'AUTHENTICATION_FAILED',
    'the authorization server gave no refresh token; ask for one by the scope (offline_access, or what its documents say)',
  )
}

function missing(key: string, path: string): IncidentMailerError {
  const field = `${path}.${key}`
  return invalidOption(field, `${field} is missing; set it, or provider`)
}

function random(): string {
  return randomBytes(32).toString('base64url')
}
