import { suggestion } from '../../nearest.js'
import { invalidOption } from '../../options.js'
import { quoted } from '../../quoted.js'
import type { CliCommand, CommonFlags } from '../command.js'
import type { Outcome } from '../output.js'
import { type ShownProfile, shownProfile } from './shown.js'

/** `profile show`: everything but its secret. */
export const profileShow: CliCommand = {
  name: 'profile show',
  description: 'show a profile (default: the default one); of its secret, whether it is set',
  operands: '[name]',
  flags: [],
  run: runShow,
}

async function runShow(
  { config }: CommonFlags,
  _: AbortSignal,
  operands: readonly string[],
): Promise<Outcome> {
  const shown = await profileToShow(operands[0], config)
  const lines = Object.entries(shown).map(([key, value]) => `${key.padEnd(11)}  ${value ?? '-'}`)
  return { json: shown, text: lines.join('\n'), exitCode: 0 }
}

/**
 * The profile that was named, else the default one.
 *
 * @throws IncidentMailerError `INVALID_CONFIG` where there is none
 */
export async function profileToShow(
  named: string | undefined,
  config: string | undefined,
): Promise<ShownProfile> {
  const { loadProfiles } = await import('../../config/load-profiles.js')
  const { profiles, profile: chosen } = await loadProfiles({ file: config })
  const name = named ?? chosen
  const profile = name !== undefined && Object.hasOwn(profiles, name) ? profiles[name] : undefined
  if (name !== undefined && profile !== undefined) return shownProfile(name, profile, chosen)
  const which = name === undefined ? 'there is no default profile' : `there is no profile ${quoted(name)}`
  throw invalidOption('profile', `${which}; ${suggestion(name ?? '', Object.keys(profiles))}`)
}
