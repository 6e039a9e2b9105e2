import type { CliCommand, CommonFlags } from '../command.js'
import type { Outcome } from '../output.js'
import { editedOutcome } from './edited.js'

/** `profile remove`: for good. */
export const profileRemove: CliCommand = {
  name: 'profile remove',
  description: 'remove a profile and its password',
  operands: '<name>',
  flags: [['--default <name>', 'the new default; needed where the default is removed']],
  run: runRemove,
}

interface RemoveFlags extends CommonFlags {
  readonly default?: string
}

async function runRemove(flags: RemoveFlags, _: AbortSignal, operands: readonly string[]): Promise<Outcome> {
  const { removeProfile } = await import('../../config/edit-profiles.js')
  const [name = ''] = operands
  return editedOutcome(await removeProfile(name, flags.default, { file: flags.config }), 'Removed')
}
