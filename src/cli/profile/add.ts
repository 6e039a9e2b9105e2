import { IncidentMailerError } from '../../errors.js'
import type { CliCommand } from '../command.js'
import type { Outcome } from '../output.js'
import { editedOutcome } from './edited.js'
import { changesOf, PROFILE_FLAGS, type ProfileFlags } from './flags.js'

/** `profile add`: named settings for sending. */
export const profileAdd: CliCommand = {
  name: 'profile add',
  description: 'add a profile; the first one is the default',
  operands: '<name>',
  flags: PROFILE_FLAGS,
  run: runAdd,
}

async function runAdd(
  flags: ProfileFlags,
  signal: AbortSignal,
  operands: readonly string[],
): Promise<Outcome> {
  // Before anybody is asked for a password.
  if (flags.host === undefined && flags.type?.toLowerCase() !== 'graph')
    throw new IncidentMailerError('USAGE', 'a profile needs its mail server: --host NAME')
  const { addProfile } = await import('../../config/edit-profiles.js')
  const [name = ''] = operands
  return editedOutcome(
    await addProfile(name, await changesOf(flags, signal, true), { file: flags.config }),
    'Added',
  )
}
