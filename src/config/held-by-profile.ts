import type { Transport } from '../deliver/transport.js'
import { suggestion } from '../nearest.js'
import type { Profile } from '../notifier/profile.js'
import { invalidOption } from '../options.js'
import { quoted } from '../quoted.js'
import type { ReadSettings } from './read-settings.js'
import { valueAt } from './value-at.js'

/** Settings, with any transport that a profile may have. */
export type HeldSettings = Omit<ReadSettings['config'], 'transport'> & { readonly transport?: Transport }

/** The profile by which mails go, and what follows from it. */
export interface HeldByProfile {
  readonly name: string
  readonly profile: Profile
  /** The settings, with the profile's in the place of the config's own. */
  readonly config: HeldSettings
  /** What whoever looks at these settings should know. */
  readonly notes: readonly string[]
}

/**
 * What holds where mails go by a profile; null where they go by none.
 *
 * @param named - the profile. Default: the config's
 * @throws IncidentMailerError `INVALID_CONFIG` for a profile that there is not
 */
export function heldByProfile(config: HeldSettings, named: string | undefined): HeldByProfile | null {
  const { profiles = {} } = config
  const name = named ?? config.profile
  if (name === undefined) return null
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined
  if (profile === undefined)
    throw invalidOption(
      'profile',
      `there is no profile ${quoted(name)}; ${suggestion(name, Object.keys(profiles))}`,
    )
  const { transport, from = config.from, unusable } = profile
  const replaced = replacedBy(profile, config)
  return {
    ...{ name, profile },
    config: { ...config, transport, ...(from !== undefined && { from }) },
    notes: [
      ...(replaced.length === 0
        ? []
        : [
            `mails go by the profile ${name}: the config file's own ${replaced.join(' and ')} ${replaced.length > 1 ? 'do' : 'does'} not hold`,
          ]),
      ...(unusable === undefined ? [] : [`the profile ${name} cannot be used yet: ${unusable}`]),
    ],
  }
}

/** Which of the settings for all mails a profile takes the place of. */
export function replacedBy(profile: unknown, config: unknown): readonly string[] {
  return ['transport', 'from'].filter(
    (key) => valueAt(config, key) !== undefined && valueAt(profile, key) !== undefined,
  )
}
