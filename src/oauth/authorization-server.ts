import * as oauth from 'oauth4webapi'
import { IncidentMailerError } from '../errors.js'
import { webFetch } from '../network/web-fetch.js'
import { isThisMachine, type OAuthSettings } from './oauth-options.js'

/** What an authorization server hands out. */
export interface Tokens {
  readonly accessToken: string
  /** How long it is good for, in seconds, or null where the server does not say. */
  readonly expiresIn: number | null
  /** A new refresh token in place of the old one (RFC 6749, section 6), or null. */
  readonly refreshToken: string | null
}

/** The requests that the settings allow (RFC 6749; RFC 8628 for another device). */
export interface AuthorizationServer {
  refresh(refreshToken: string, signal: AbortSignal | undefined): Promise<Tokens>
  clientCredentials(signal: AbortSignal | undefined): Promise<Tokens>
  /** Exchanges a user's own password (RFC 6749, section 4.3). */
  password(user: string, password: string, signal: AbortSignal | undefined): Promise<Tokens>
  /** Exchanges the code in a redirect, whose `state` has to be the one that was sent. */
  redeem(redirect: URL, sent: Sent, signal: AbortSignal | undefined): Promise<Tokens>
  startDevice(signal: AbortSignal | undefined): Promise<oauth.DeviceAuthorizationResponse>
  /** Null while the person has not agreed yet; `slow_down` asks for longer waits. */
  pollDevice(deviceCode: string, signal: AbortSignal | undefined): Promise<Tokens | 'pending' | 'slow_down'>
}

/** What was sent with a person to the authorization server. */
export interface Sent {
  readonly redirectUri: string
  readonly state: string
  /** PKCE (RFC 7636): proves that we sent the person there. */
  readonly codeVerifier: string
}

/** Makes the requests by a maintained client, which checks what comes back. */
export function authorizationServer(settings: OAuthSettings): AuthorizationServer {
  const { clientId, clientSecret, tokenUrl, deviceUrl, scope, way } = settings
  const host = new URL(tokenUrl).host
  const server: oauth.AuthorizationServer = {
    issuer: new URL(tokenUrl).origin,
    token_endpoint: tokenUrl,
    device_authorization_endpoint: deviceUrl,
  }
  const client: oauth.Client = { client_id: clientId }
  const proof = clientSecret ? oauth.ClientSecretPost(clientSecret) : oauth.None()
  const options = (signal: AbortSignal | undefined) => ({
    signal: AbortSignal.any([AbortSignal.timeout(PATIENCE), ...(signal ? [signal] : [])]),
    [oauth.customFetch]: async (url: string, request: oauth.CustomFetchOptions<string, URLSearchParams>) => {
      const { method, headers, body, signal } = request
      try {
        return await webFetch(new URL(url), { method, headers, body: body.toString(), signal }, way)
      } catch (thrown) {
        throw unreachable(thrown, host)
      }
    },
    [oauth.allowInsecureRequests]: isThisMachine(new URL(tokenUrl).hostname),
  })
  type RequestOptions = ReturnType<typeof options>
  const scoped: Record<string, string> = scope ? { scope } : {}
  const asked = async (
    signal: AbortSignal | undefined,
    ask: (options: RequestOptions) => Promise<Response>,
    read: (
      server: oauth.AuthorizationServer,
      client: oauth.Client,
      response: Response,
    ) => Promise<oauth.TokenEndpointResponse>,
  ): Promise<Tokens> => {
    try {
      const response = await ask(options(signal))
      const tokens = await read(server, client, await withoutIdToken(response, host))
      const { access_token, expires_in, refresh_token } = tokens
      return { accessToken: access_token, expiresIn: expires_in ?? null, refreshToken: refresh_token ?? null }
    } catch (thrown) {
      throw refusal(thrown, host)
    }
  }
  return {
    refresh: (refreshToken, signal) =>
      asked(
        signal,
        (options) => {
          const request = scope ? { ...options, additionalParameters: scoped } : options
          return oauth.refreshTokenGrantRequest(server, client, proof, refreshToken, request)
        },
        oauth.processRefreshTokenResponse,
      ),
    clientCredentials: (signal) =>
      asked(
        signal,
        (options) => oauth.clientCredentialsGrantRequest(server, client, proof, scoped, options),
        oauth.processClientCredentialsResponse,
      ),
    password: (username, password, signal) =>
      asked(
        signal,
        (options) => {
          const parameters = { username, password, ...scoped }
          return oauth.genericTokenEndpointRequest(server, client, proof, 'password', parameters, options)
        },
        oauth.processGenericTokenEndpointResponse,
      ),
    redeem: (redirect, { redirectUri, state, codeVerifier }, signal) =>
      asked(
        signal,
        async (options) => {
          // There is one authorization server, so that its name (RFC 9207) tells nothing that `state` does not.
          const issuer = redirect.searchParams.get('iss') ?? server.issuer
          const code = oauth.validateAuthResponse({ ...server, issuer }, client, redirect, state)
          const sent = [code, redirectUri, codeVerifier, options] as const
          return await oauth.authorizationCodeGrantRequest(server, client, proof, ...sent)
        },
        oauth.processAuthorizationCodeResponse,
      ),
    async startDevice(signal) {
      try {
        const request = options(signal)
        const response = await oauth.deviceAuthorizationRequest(server, client, proof, scoped, request)
        return await oauth.processDeviceAuthorizationResponse(server, client, response)
      } catch (thrown) {
        throw refusal(thrown, host)
      }
    },
    async pollDevice(deviceCode, signal) {
      try {
        return await asked(
          signal,
          (options) => oauth.deviceCodeGrantRequest(server, client, proof, deviceCode, options),
          oauth.processDeviceCodeResponse,
        )
      } catch (thrown) {
        const error = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause.message : null
        if (error === 'authorization_pending') return 'pending'
        if (error === 'slow_down') return 'slow_down'
        throw thrown
      }
    },
  }
}

/** How long to wait for an answer, the connection included, in milliseconds. */
const PATIENCE = 60_000

/** Who the person is does not matter here, and the issuer of an id token is not known without discovery. */
async function withoutIdToken(response: Response, host: string): Promise<Response> {
  const text = await response.text()
  const { status, headers } = response
  if (status >= 500) throw failure(`${host} has a fault of its own (${status}); try again later`, true)
  try {
    const { id_token: _, ...body } = JSON.parse(text)
    return new Response(JSON.stringify(body), { status, headers })
  } catch {
    return new Response(text, { status, headers })
  }
}

/** What kept a request from the server, of which our own words say more than the client's. */
function unreachable(thrown: unknown, host: string): unknown {
  // Who stopped it knows, and a file that is missing is no matter of the server's.
  if (!(thrown instanceof IncidentMailerError) || !UNREACHABLE.has(thrown.code)) return thrown
  const { message, temporary, field } = thrown
  return new IncidentMailerError(
    'AUTHENTICATION_FAILED',
    `${host} could not be asked for a token: ${message}`,
    {
      ...{ temporary, cause: thrown, ...(field !== null && { field }) },
    },
  )
}

const UNREACHABLE: ReadonlySet<string> = new Set([
  ...['CONNECTION_FAILED', 'TLS_FAILED', 'PROTOCOL_ERROR', 'AUTHENTICATION_FAILED', 'TIMEOUT'],
])

/** An error without the server's words: it may repeat a token. Its error code (RFC 6749, section 5.2) says enough. */
function refusal(thrown: unknown, host: string): IncidentMailerError {
  if (thrown instanceof IncidentMailerError) return thrown
  if (thrown instanceof oauth.ResponseBodyError || thrown instanceof oauth.AuthorizationResponseError) {
    const code = /^[\w.-]{1,60}$/.test(thrown.error) ? thrown.error : 'an error'
    const advice = ADVICE[code] ?? 'check the oauth settings'
    const temporary = code === 'temporarily_unavailable'
    return failure(
      `${host} refused the token: ${code}; ${temporary ? 'try again later' : advice}`,
      temporary,
      new Error(code),
    )
  }
  const network = !(thrown instanceof oauth.OperationProcessingError)
  const says = network ? 'could not be asked for a token' : 'gave no usable answer'
  const advice = network
    ? 'try again later'
    : 'check transport.oauth; the redirect may be another one (state)'
  return failure(`${host} ${says}; ${advice}`, network)
}

function failure(message: string, temporary: boolean, cause?: Error): IncidentMailerError {
  return new IncidentMailerError('AUTHENTICATION_FAILED', message, { temporary, cause })
}

const ADVICE: Readonly<Record<string, string>> = {
  invalid_grant: 'the refresh token is no longer good, get a new one: incident-mailer authorize',
  invalid_client: 'check oauth.clientId and oauth.clientSecret',
  unauthorized_client: 'allow this grant for the application at the authorization server',
  invalid_scope: 'check oauth.scope',
  access_denied: 'the person did not agree',
  expired_token: 'it took too long; begin again',
}
