import { IncidentMailerError } from '../../errors.js'
import type { CliCommand } from '../command.js'
import type { Outcome } from '../output.js'
import { editedOutcome } from './edited.js'
import { changesOf, PROFILE_FLAGS, type ProfileFlags } from './flags.js'

/** `profile edit`: changes what flags name, and leaves the rest. */
export const profileEdit: CliCommand = {
  name: 'profile edit',
  description: 'change what the flags name of a profile',
  operands: '<name>',
  flags: PROFILE_FLAGS,
  run: runEdit,
}

async function runEdit(
  flags: ProfileFlags,
  signal: AbortSignal,
  operands: readonly string[],
): Promise<Outcome> {
  const { config, json, ...others } = flags
  if (Object.keys(others).length === 0)
    throw new IncidentMailerError('USAGE', 'there is nothing to change; name it by a flag, as --help tells')
  const { editProfile } = await import('../../config/edit-profiles.js')
  const [name = ''] = operands
  return editedOutcome(
    await editProfile(name, await changesOf(flags, signal, false), { file: config }),
    'Changed',
  )
}
