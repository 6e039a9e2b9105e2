import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import type { KeyAndCertificate } from '../deliver/smtp/certificates.js'

/** A stand-in for a real authorization server: it follows RFC 6749, 7636, 7662 and 8628 as far as the tests need. */
export interface TestAuthorizationServer {
  readonly url: string
  /** Every request to the token endpoint, in order. */
  readonly requests: readonly URLSearchParams[]
  /** The tokens that are good now. */
  readonly accessTokens: ReadonlySet<string>
  /** The refresh token that is good now; each use replaces it. */
  refreshToken(): string
  /** A code, as a person's consent brings it, for this PKCE challenge. */
  code(challenge: string): string
  /** Answers the next request with this error. */
  failNext(status: number, body: string): void
  /** Makes all access tokens bad. */
  revoke(): void
  /** Answers so much later, in milliseconds, what it decides at once. */
  slowDown(milliseconds: number): void
  /** Leaves the next request alone; resolves when it is there. */
  ignoreNext(): Promise<void>
  /** A person on the other device agrees. */
  agree(): void
  stop(): Promise<void>
}

/** Starts it on loopback, with a key and certificate by https. */
export async function startAuthorizationServer(
  user: string,
  expiresIn = 3600,
  tls?: KeyAndCertificate,
): Promise<TestAuthorizationServer> {
  const requests: URLSearchParams[] = []
  const accessTokens = new Set<string>()
  const codes = new Map<string, string>()
  let refreshToken = random()
  let failure: { readonly status: number; readonly body: string } | undefined
  let agreed = false
  let delay = 0
  let ignored: (() => void) | undefined

  const newCode = (challenge: string): string => {
    const code = random()
    codes.set(code, challenge)
    return code
  }

  const grant = (given: URLSearchParams): object | string => {
    switch (given.get('grant_type')) {
      case 'refresh_token':
        if (given.get('refresh_token') !== refreshToken) return 'invalid_grant'
        break
      case 'authorization_code': {
        const challenge = codes.get(given.get('code') ?? '')
        codes.delete(given.get('code') ?? '')
        const proof = createHash('sha256')
          .update(given.get('code_verifier') ?? '')
          .digest('base64url')
        if (challenge !== proof) return 'invalid_grant'
        break
      }
      case 'client_credentials':
        if (given.get('client_secret') !== 'secret') return 'invalid_client'
        break
      default:
        if (!agreed) return 'authorization_pending'
    }
    const accessToken = random()
    accessTokens.add(accessToken)
    refreshToken = random()
    const renewal = given.get('grant_type') === 'client_credentials' ? {} : { refresh_token: refreshToken }
    return { access_token: accessToken, token_type: 'Bearer', expires_in: expiresIn, ...renewal }
  }

  const listener: RequestListener = async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const given = new URLSearchParams(await text(request))
    const answer = (status: number, body: object | string) => {
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    }
    if (url.pathname === '/authorize') {
      const code = newCode(url.searchParams.get('code_challenge') ?? '')
      const back = new URL(url.searchParams.get('redirect_uri') ?? '')
      back.searchParams.set('code', code)
      back.searchParams.set('state', url.searchParams.get('state') ?? '')
      response.writeHead(302, { location: back.href, connection: 'close' })
      return response.end()
    }
    if (url.pathname === '/introspect') {
      const token = given.get('token') ?? url.searchParams.get('token') ?? ''
      return answer(200, { active: accessTokens.has(token), email: user, username: user })
    }
    if (url.pathname === '/device')
      return answer(200, {
        ...{
          device_code: 'd',
          user_code: 'ABCD',
          verification_uri: 'http://x/',
          expires_in: 60,
          interval: 0.01,
        },
      })
    if (ignored) {
      ignored()
      ignored = undefined
      return
    }
    requests.push(given)
    if (failure) {
      const { status, body } = failure
      failure = undefined
      return answer(status, body)
    }
    const granted = grant(given)
    await setTimeout(delay)
    return typeof granted === 'string' ? answer(400, { error: granted }) : answer(200, granted)
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    accessTokens,
    refreshToken: () => refreshToken,
    code: newCode,
    failNext: (status, body) => {
      failure = { status, body }
    },
    revoke: () => accessTokens.clear(),
    slowDown: (milliseconds) => {
      delay = milliseconds
    },
    ignoreNext: () =>
      new Promise((resolve) => {
        ignored = resolve
      }),
    agree: () => {
      agreed = true
    },
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function random(): string {
  return randomBytes(24).toString('base64url')
}
