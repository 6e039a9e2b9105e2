import { readFile } from 'node:fs/promises'
import { codeOf, IncidentMailerError, messageOf } from '../errors.js'
import type { WebWay } from '../network/web-fetch.js'
import { replaceFile } from '../replace-file.js'
import { untilAborted } from '../until-aborted.js'
import { type OAuthOptions, oauthSettings } from './oauth-options.js'

/** Hands out access tokens, for SMTP and whatever else takes them. */
export interface TokenProvider {
  /** A token that is good for a while yet: the last one, or a new one. */
  token(signal: AbortSignal | undefined): Promise<string>
  /** Another token in place of one that a server refused. */
  renew(refused: string, signal: AbortSignal | undefined): Promise<string>
  /** What must not be repeated in a message or log: the token that was handed out last. */
  secret(): string | null
}

/**
 * Makes a provider. Tokens are kept until shortly before they expire; however many ask at once, the authorization
 * server is asked once.
 *
 * @param path - where the options stand in the settings: `transport.oauth`
 * @param transport - how requests of the transport go, and those for tokens where the options say no other
 * @throws IncidentMailerError `INVALID_CONFIG` for options that cannot be; for a token `AUTHENTICATION_FAILED`, and
 * `FILE_NOT_FOUND`, `FILE_UNREADABLE` and `FILE_UNWRITABLE` for the refresh token's file
 */
export function tokenProvider(options: OAuthOptions, path: string, transport: WebWay): TokenProvider {
  const settings = oauthSettings(options, path, transport)
  let kept: { readonly token: string; readonly until: number } | undefined
  let asking: Promise<string> | undefined
  let replaced: string | undefined
  /** A new refresh token that could not be written, and the one in the file that it replaces. */
  let unwritten: { readonly token: string; readonly before: string } | undefined

  const ask = async (): Promise<string> => {
    if (settings.getToken) {
      kept = { token: await settings.getToken(undefined), until: 0 }
      return kept.token
    }
    const { refreshTokenFile: file } = settings
    return file ? await alone(file, () => askFor(file)) : await askFor(null)
  }
  const refreshTokenIn = async (file: string): Promise<string> => {
    const kept = await readToken(file)
    return kept === unwritten?.before ? unwritten.token : kept
  }
  const askFor = async (file: string | null): Promise<string> => {
    const { authorizationServer } = await import('./authorization-server.js')
    const server = authorizationServer(settings)
    const refreshToken = file ? await refreshTokenIn(file) : (replaced ?? settings.refreshToken)
    const tokens = refreshToken
      ? await server.refresh(refreshToken, undefined)
      : settings.username && settings.password
        ? await server.password(settings.username, settings.password, undefined)
        : await server.clientCredentials(undefined)
    if (tokens.refreshToken && tokens.refreshToken !== refreshToken) {
      replaced = tokens.refreshToken
      if (file && refreshToken) {
        unwritten = { token: tokens.refreshToken, before: unwritten?.before ?? refreshToken }
        await writeToken(file, tokens.refreshToken)
        unwritten = undefined
      }
    }
    kept = { token: tokens.accessToken, until: Date.now() + ((tokens.expiresIn ?? ASSUMED) - EARLY) * 1000 }
    return kept.token
  }
  /** Together: a refresh token that is replaced is good once. Nobody's signal ends what others wait for. */
  const together = (signal: AbortSignal | undefined): Promise<string> =>
    untilAborted(signal, 'access token', () => {
      asking ??= ask().finally(() => {
        asking = undefined
      })
      return asking
    })
  return {
    async token(signal) {
      return kept && Date.now() < kept.until ? kept.token : await together(signal)
    },
    async renew(refused, signal) {
      if (kept && kept.token !== refused && Date.now() < kept.until) return kept.token
      kept = undefined
      return await together(signal)
    },
    secret: () => kept?.token ?? null,
  }
}

/** How long a token is good for where the server does not say, and how long before its end another is fetched, in seconds. */
const ASSUMED = 300
const EARLY = 60

/**
 * Keeps a refresh token that a person's consent has brought, in place of the one in the file, which others may be about
 * to replace.
 */
export async function keepToken(path: string, token: string): Promise<void> {
  await alone(path, () => writeToken(path, token))
}

/** One process after the other: a refresh token that is replaced is good once. */
async function alone<T>(path: string, work: () => Promise<T>): Promise<T> {
  const { withFileLock } = await import('../file-lock.js')
  try {
    return await withFileLock(path, work)
  } catch (cause) {
    if (cause instanceof IncidentMailerError) throw cause
    if (!(cause instanceof Error && 'code' in cause))
      throw new IncidentMailerError(
        'AUTHENTICATION_FAILED',
        `no token is asked for with the refresh token in ${path}: ${messageOf(cause)}; try again later`,
        { temporary: true, field: 'refreshTokenFile', cause },
      )
    const message = `cannot write beside ${path}, where a new refresh token would have to be kept: ${messageOf(cause)}`
    throw new IncidentMailerError('FILE_UNWRITABLE', message, {
      ...{ stage: 'config', field: 'refreshTokenFile', cause },
    })
  }
}

/** Writes a refresh token at once; only its owner may read it. */
async function writeToken(path: string, token: string): Promise<void> {
  try {
    await replaceFile(path, `${token}\n`)
  } catch (cause) {
    throw new IncidentMailerError(
      'FILE_UNWRITABLE',
      `cannot write the new refresh token to ${path}: ${messageOf(cause)}`,
      { stage: 'config', field: 'refreshTokenFile', cause },
    )
  }
}

async function readToken(path: string): Promise<string> {
  try {
    const token = (await readFile(path, 'utf8')).trim()
    if (token !== '') return token
    throw new Error('it is empty')
  } catch (cause) {
    const missing = codeOf(cause) === 'ENOENT'
    const what = missing
      ? `there is no refresh token in ${path}`
      : `cannot read the refresh token in ${path}: ${messageOf(cause)}`
    throw new IncidentMailerError(
      missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      `${what}; get one: incident-mailer authorize`,
      { stage: 'config', field: 'refreshTokenFile', cause },
    )
  }
}
