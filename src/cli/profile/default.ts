import type { CliCommand, CommonFlags } from '../command.js'
import type { Outcome } from '../output.js'
import { editedOutcome } from './edited.js'

/** `profile default`: there is one at a time. */
export const profileDefault: CliCommand = {
  name: 'profile default',
  description: 'make a profile the one of jobs that name none',
  operands: '<name>',
  flags: [],
  run: runDefault,
}

async function runDefault(
  { config }: CommonFlags,
  _: AbortSignal,
  operands: readonly string[],
): Promise<Outcome> {
  const { makeDefault } = await import('../../config/edit-profiles.js')
  const [name = ''] = operands
  return editedOutcome(await makeDefault(name, { file: config }), 'Chose')
}
