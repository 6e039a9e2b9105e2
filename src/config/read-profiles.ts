import type { Profile, Profiles } from '../notifier/profile.js'
import { hasGrant, type OAuthOptions } from '../oauth/oauth-options.js'
import { checkProfiles, profilesSetting } from '../schemas/profile.js'
import { settingAt } from '../schemas/setting.js'
import { type Environment, isRecord, variableIn } from './environment.js'
import { expandVariables } from './expand-variables.js'
import { resolveGraph, resolveSmtp } from './resolve-paths.js'
import { variableAt } from './value-at.js'

/** What profiles are read with. */
export interface ReadProfilesOptions {
  /** What `$NAME` means. */
  readonly env: Environment
  /** The config file, for messages. */
  readonly source: string
  /** Where relative paths start. */
  readonly folder: string
}

/**
 * The profiles of a config file. One that lacks a variable or a password is unusable, and keeps no other from being
 * used.
 *
 * @throws IncidentMailerError `INVALID_CONFIG` for what is no profile
 */
export function readProfiles(value: unknown, { env, source, folder }: ReadProfilesOptions): Profiles {
  const missing = new Map<string, string>()
  const filled = !isRecord(value)
    ? value
    : Object.fromEntries(
        Object.entries(value).map(([name, profile]) => [
          name,
          expandVariables(profile, {
            ...{ env, source, path: `profiles.${name}`, setting: settingAt(profilesSetting, name) },
            missing: ({ message }) => missing.set(name, missing.get(name) ?? message),
          }),
        ]),
      )
  return Object.fromEntries(
    Object.entries(checkProfiles(filled, source, (path) => variableAt(value, path))).map(
      ([name, profile]) => {
        const unusable = missing.get(name) ?? withoutPassword(name, profile)
        const transport = missing.has(name) ? withoutVariables(profile.transport) : profile.transport
        const resolved =
          'graph' in transport ? resolveGraph(transport, folder) : resolveSmtp(transport, folder)
        return [name, { ...profile, transport: resolved, ...(unusable !== undefined && { unusable }) }]
      },
    ),
  )
}

/** A secret that is only the name of a variable still is none. */
function withoutVariables(transport: Profile['transport']): Profile['transport'] {
  const { proxy, ...server } = transport
  const known = proxy !== undefined && variableIn(proxy) === undefined && { proxy }
  if ('graph' in server) {
    const { graph } = server
    return { ...server, ...known, graph: { ...graph, oauth: withoutUnset(graph.oauth) } }
  }
  const { auth, oauth, ...others } = server
  return {
    ...others,
    ...known,
    ...(auth && { auth }),
    ...(auth && variableIn(auth.pass) && { auth: { user: auth.user } }),
    ...(oauth && { oauth: withoutUnset(oauth) }),
  }
}

function withoutUnset(oauth: OAuthOptions): OAuthOptions {
  return Object.fromEntries(Object.entries(oauth).filter(([, value]) => variableIn(value) === undefined))
}

function withoutPassword(name: string, { transport }: Profile): string | undefined {
  if ('graph' in transport)
    return hasGrant(transport.graph.oauth)
      ? undefined
      : `it has no client secret, password or refresh token; give it one: incident-mailer profile edit ${name} --client-secret`
  const { auth, oauth } = transport
  if (auth === undefined || auth.pass !== undefined) return undefined
  if (oauth === undefined)
    return `it has a user and no password; give it one: incident-mailer profile edit ${name} --password`
  if (hasGrant(oauth)) return undefined
  return `it has neither a token nor a password; set oauth.refreshTokenFile and run incident-mailer authorize --profile ${name}`
}
