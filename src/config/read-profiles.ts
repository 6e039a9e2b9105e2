import { IncidentMailerError } from '../errors.js'
import { hasGrant } from '../oauth/oauth-options.js'
import type { Profile, Profiles } from '../profile.js'
import { checkProfiles } from '../schemas/profile.js'
import { type Environment, expandVariables, isRecord, variableIn } from './environment.js'
import { resolveSmtp } from './resolve-paths.js'

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
        Object.entries(value).map(([name, profile]) => {
          try {
            return [name, expandVariables(profile, env, source, undefined, `profiles.${name}`)]
          } catch (error) {
            if (!(error instanceof IncidentMailerError)) throw error
            missing.set(name, error.message)
            return [name, profile]
          }
        }),
      )
  return Object.fromEntries(
    Object.entries(checkProfiles(filled, source)).map(([name, profile]) => {
      const unusable = missing.get(name) ?? withoutPassword(name, profile)
      const transport = resolveSmtp(
        missing.has(name) ? withoutVariable(profile.transport) : profile.transport,
        folder,
      )
      return [name, { ...profile, transport, ...(unusable !== undefined && { unusable }) }]
    }),
  )
}

/** A password that is only the name of a variable still is none. */
function withoutVariable<Smtp extends Profile['transport']>(transport: Smtp): Smtp {
  const { auth } = transport
  return auth && variableIn(auth.pass) ? { ...transport, auth: { user: auth.user } } : transport
}

function withoutPassword(name: string, { transport: { auth, oauth } }: Profile): string | undefined {
  if (auth === undefined || auth.pass !== undefined) return undefined
  if (oauth === undefined)
    return `it has a user and no password; give it one: incident-mailer profile edit ${name} --password`
  if (hasGrant(oauth)) return undefined
  return `it has neither a token nor a password; set oauth.refreshTokenFile and run incident-mailer authorize --profile ${name}`
}
