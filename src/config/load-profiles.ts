import type { Profiles } from '../notifier/profile.js'
import { refuseUnknownOptions } from '../options.js'
import { LOAD_OPTIONS, type LoadConfigOptions } from './load-options.js'
import { readSettings } from './read-settings.js'

/** The profiles of a config file, in the shape of the notifier's options. */
export interface LoadedProfiles {
  readonly profiles: Profiles
  /** The name of the default, where there is one. */
  readonly profile?: string
}

/**
 * The profiles of a config file: for a program that has settings of its own beside them, or lets people choose.
 *
 * @example
 * ```ts
 * import { createNotifier, loadProfiles } from 'incident-mailer'
 *
 * const { profiles, profile } = await loadProfiles()
 * console.log(Object.keys(profiles))
 * const notifier = await createNotifier({ profiles, profile })
 * ```
 *
 * @throws IncidentMailerError as `loadConfig` does
 */
export async function loadProfiles(options: LoadConfigOptions = {}): Promise<LoadedProfiles> {
  refuseUnknownOptions(options, LOAD_OPTIONS, 'options of loadProfiles')
  const { profiles = {}, profile } = (await readSettings(options)).config
  return { profiles, ...(profile !== undefined && { profile }) }
}
