import type { CliCommand, CommonFlags } from '../command.js'
import type { Outcome } from '../output.js'
import { type ShownProfile, shownProfile } from './shown.js'

/** `profile list`: which there are. */
export const profileList: CliCommand = {
  name: 'profile list',
  description: 'list the profiles',
  flags: [],
  run: runList,
}

async function runList({ config }: CommonFlags): Promise<Outcome> {
  const { loadProfiles } = await import('../../config/load-profiles.js')
  const { profiles, profile: chosen } = await loadProfiles({ file: config })
  const shown = Object.entries(profiles).map(([name, profile]) => shownProfile(name, profile, chosen))
  const text =
    shown.length === 0
      ? 'There are no profiles; incident-mailer profile add NAME makes one.'
      : shown.map(line).join('\n')
  return { json: { profiles: shown }, text, exitCode: 0 }
}

function line({ name, default: isDefault, host, port, from, unusable }: ShownProfile): string {
  const marks = [isDefault ? 'default' : '', unusable === null ? '' : 'cannot be used yet'].filter(
    (mark) => mark !== '',
  )
  const notes = marks.length > 0 ? `  (${marks.join(', ')})` : ''
  return `${name}  ${host}:${port}  ${from ?? ''}${notes}`
}
