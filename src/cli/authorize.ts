import { IncidentMailerError } from '../errors.js'
import type { WebWay } from '../network/web-fetch.js'
import type { OAuthOptions } from '../oauth/oauth-options.js'
import { invalidOption } from '../options.js'
import { type CliCommand, type CommonFlags, PROFILE_FLAG } from './command.js'
import { type Outcome, printNote } from './output.js'

/** `authorize`: a person's consent becomes a refresh token. */
export const authorize: CliCommand = {
  name: 'authorize',
  description: 'get an OAuth 2.0 refresh token in the browser, and write it to oauth.refreshTokenFile',
  flags: [
    PROFILE_FLAG,
    [
      '--paste',
      'take the address that the browser was sent to from stdin, where this machine has no browser',
    ],
    ['--device', 'show a code to enter on another device'],
    ['--port <number>', 'the port of the redirect to this machine (default: a free one; with --paste 8080)'],
  ],
  run: runAuthorize,
}

interface AuthorizeFlags extends CommonFlags {
  readonly profile?: string
  readonly paste?: boolean
  readonly device?: boolean
  readonly port?: string
}

async function runAuthorize(flags: AuthorizeFlags, signal: AbortSignal): Promise<Outcome> {
  const { config, profile, paste, device } = flags
  const port = flags.port === undefined ? undefined : portOf(flags.port)
  const { oauth, path, transport } = await oauthOf(config, profile)
  const file = oauth.refreshTokenFile
  if (file === undefined)
    throw invalidOption(
      `${path}.refreshTokenFile`,
      `${path}.refreshTokenFile is missing; name the file that the refresh token goes to`,
    )
  const { authorizeByCode, authorizeByDevice } = await import('../oauth/authorize.js')
  const { keepToken } = await import('../oauth/token-provider.js')
  const { readSecret } = await import('./read-secret.js')
  const show = (url: string, code: string | null) =>
    printNote(code === null ? `open this page and agree: ${url}` : `open ${url} and enter ${code}`)
  const pasted = paste ? () => readSecret('address of the page that came next', signal) : undefined
  const how = { show, pasted, port, path, transport, signal }
  const token = await (device ? authorizeByDevice : authorizeByCode)(oauth, how)
  await keepToken(file, token)
  return { json: { refreshTokenFile: file }, text: `The refresh token is in ${file}.`, exitCode: 0 }
}

/** The options for tokens, where they stand in the settings, and how the requests of their transport go. */
interface FoundOAuth {
  readonly oauth: OAuthOptions
  readonly path: string
  readonly transport: WebWay
}

async function oauthOf(config: string | undefined, named: string | undefined): Promise<FoundOAuth> {
  const { readSettings } = await import('../config/read-settings.js')
  const { config: settings } = await readSettings({ file: config })
  const name = named ?? settings.profile
  const { profiles = {} } = settings
  const transport =
    name === undefined
      ? settings.transport
      : Object.hasOwn(profiles, name)
        ? profiles[name]?.transport
        : undefined
  if (typeof transport === 'object' && 'graph' in transport) {
    const { graphOAuth, graphWay } = await import('../deliver/graph/settings.js')
    const { scope = '', ...oauth } = graphOAuth(transport.graph.oauth)
    // Without it there is no refresh token (OpenID Connect Core 1.0, section 11).
    const asked = /(?:^| )offline_access(?: |$)/.test(scope) ? scope : `${scope} offline_access`
    return {
      oauth: { ...oauth, scope: asked },
      path: 'transport.graph.oauth',
      transport: graphWay(transport),
    }
  }
  if (typeof transport === 'object' && 'oauth' in transport && transport.oauth) {
    const { transportProxy } = await import('../network/proxy.js')
    const { oauth, proxy } = transport
    return {
      oauth,
      path: 'transport.oauth',
      transport: {
        proxy: transportProxy(proxy),
        authorities: null,
      },
    }
  }
  const where = name === undefined ? 'transport' : `the transport of the profile ${name}`
  throw invalidOption('transport.oauth', `there is no oauth in ${where}; set it, with provider or tokenUrl`)
}

function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new IncidentMailerError('USAGE', '--port is a number')
}
