import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OAuthOptions } from '../../src/oauth/oauth-options.js'
import { tokenProvider } from '../../src/oauth/token-provider.js'
import { startAuthorizationServer, type TestAuthorizationServer } from '../peers/authorization-server.js'

let server: TestAuthorizationServer
let folder: string
beforeEach(async () => {
  server = await startAuthorizationServer('soc@example.com')
  folder = await mkdtemp(join(tmpdir(), 'oauth-'))
})
afterEach(async () => {
  await server.stop()
  await rm(folder, { recursive: true })
})

const DIRECT = { proxy: null, authorities: null }
const provider = (options: OAuthOptions) =>
  tokenProvider({ clientId: 'id', tokenUrl: `${server.url}/token`, ...options }, 'transport.oauth', DIRECT)
const grants = () => server.requests.map((request) => request.get('grant_type'))

describe('an access token', () => {
  it('comes from a refresh token, is kept, and asked for once however many want it', async () => {
    const tokens = provider({ refreshToken: server.refreshToken(), scope: 'mail' })
    const several = await Promise.all([1, 2, 3].map(() => tokens.token(undefined)))
    expect(new Set([...several, await tokens.token(undefined)])).toEqual(server.accessTokens)
    expect(grants()).toEqual(['refresh_token'])
    expect(server.requests[0]?.get('scope')).toBe('mail')
  })

  it('is fetched anew before it expires', async () => {
    const short = await startAuthorizationServer('x', 30)
    const tokens = tokenProvider(
      { clientId: 'id', tokenUrl: `${short.url}/token`, refreshToken: short.refreshToken() },
      'oauth',
      DIRECT,
    )
    const [one, other] = [await tokens.token(undefined), await tokens.token(undefined)]
    await short.stop()
    expect(one).not.toBe(other)
    expect(short.requests).toHaveLength(2)
  })

  it('is replaced once where a server refused it, for all who were refused', async () => {
    const tokens = provider({ refreshToken: server.refreshToken() })
    const first = await tokens.token(undefined)
    const renewed = await Promise.all([1, 2].map(() => tokens.renew(first, undefined)))
    expect(new Set(renewed).size).toBe(1)
    expect(renewed[0]).not.toBe(first)
    expect(await tokens.renew(first, undefined)).toBe(renewed[0])
    expect(server.requests).toHaveLength(2)
  })

  it('comes from the application itself, or from a function', async () => {
    expect(server.accessTokens).not.toContain('x')
    expect(await provider({ clientSecret: 'secret' }).token(undefined)).toBe([...server.accessTokens][0])
    expect(grants()).toEqual(['client_credentials'])
    const own = tokenProvider({ getToken: async () => 'mine' }, 'oauth', DIRECT)
    expect(await own.token(undefined)).toBe('mine')
    expect(own.secret()).toBe('mine')
  })
})

describe('a refresh token that the server replaces', () => {
  it('is written to its file at once, for its owner alone', async () => {
    const file = join(folder, 'token')
    await writeFile(file, `${server.refreshToken()}\n`)
    const tokens = provider({ refreshTokenFile: file })
    await tokens.token(undefined)
    expect(await readFile(file, 'utf8')).toBe(`${server.refreshToken()}\n`)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    // Another process does the same from the file.
    await provider({ refreshTokenFile: file }).token(undefined)
    await tokens.renew('x', undefined)
    expect(await readFile(file, 'utf8')).toBe(`${server.refreshToken()}\n`)
  })

  it('is remembered where there is no file', async () => {
    const tokens = provider({ refreshToken: server.refreshToken() })
    await tokens.renew(await tokens.token(undefined), undefined)
    expect(server.accessTokens.size).toBe(2)
  })
})

describe('what goes wrong', () => {
  const refused = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => new Error('it went well'),
      (thrown) => thrown,
    )
    expect(JSON.stringify([error.message, error, String(error.cause)])).not.toContain('hunter2')
    return error
  }

  it.each([
    [400, '{"error":"invalid_grant","error_description":"hunter2"}', false, 'incident-mailer authorize'],
    [401, '{"error":"invalid_client"}', false, 'check oauth.clientId and oauth.clientSecret'],
    [503, '{"error":"temporarily_unavailable"}', true, 'try again later'],
    [200, '{"access_token":1,"hunter2":1}', false, 'gave no usable answer'],
    [200, 'hunter2', false, 'gave no usable answer'],
    [400, '{"error":"hunter2 hunter2"}', false, 'an error'],
  ])('%s %s is an error without the words of the server', async (status, body, temporary, message) => {
    server.failNext(status, body)
    const error = await refused(provider({ refreshToken: 'hunter2' }).token(undefined))
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', temporary })
    expect(error.message).toContain(message)
  })

  it('is temporary where the server cannot be reached', async () => {
    const { port } = new URL(server.url)
    const tokens = tokenProvider(
      {
        clientId: 'id',
        tokenUrl: `http://127.0.0.1:${Number(port) === 1 ? 2 : 1}/`,
        refreshToken: 'hunter2',
      },
      'oauth',
      DIRECT,
    )
    expect(await refused(tokens.token(undefined))).toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      temporary: true,
    })
  })

  it('names the file without a token, and what to run', async () => {
    const error = await refused(provider({ refreshTokenFile: join(folder, 'none') }).token(undefined))
    expect(error).toMatchObject({ code: 'FILE_NOT_FOUND' })
    expect(error.message).toContain('incident-mailer authorize')
  })

  it.each<[object, string]>([
    [{}, 'oauth.clientId and oauth.tokenUrl (or provider) is missing'],
    [{ clientId: 'x', tokenUrl: 'http://example.com/token' }, 'must be a URL that begins with https:'],
    [{ clientId: 'x', tokenUrl: 'hunter2' }, 'must be a URL that begins with https:'],
    [{ clientid: 'x' }, 'did you mean oauth.clientId?'],
  ])('is told at once of %j', (options, message) => {
    expect(() => tokenProvider(options, 'oauth', DIRECT)).toThrow(message)
  })

  it('waits no longer than the signal allows', async () => {
    const tokens = tokenProvider({ getToken: () => new Promise(() => {}) }, 'oauth', DIRECT)
    expect(await refused(tokens.token(AbortSignal.timeout(10)))).toMatchObject({ code: 'TIMEOUT' })
  })

  it('asks nobody once the signal has fired: no one would hear of a failure, which ends the process', async () => {
    let asked = 0
    const getToken = async () => {
      asked++
      throw new Error('away')
    }
    const tokens = tokenProvider({ getToken }, 'oauth', DIRECT)
    expect(await refused(tokens.token(AbortSignal.abort()))).toMatchObject({ code: 'ABORTED' })
    expect(asked).toBe(0)
  })
})
