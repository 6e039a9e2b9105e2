import type { CliCommand, CommonFlags } from '../command.js'
import type { Outcome } from '../output.js'
import { editedOutcome } from './edited.js'

/** `profile copy`: all but the secret. */
export const profileCopy: CliCommand = {
  name: 'profile copy',
  description: 'copy a profile without its secrets (default name: the old one and _copied)',
  operands: '<name> [copy]',
  flags: [],
  run: runCopy,
}

async function runCopy(
  { config }: CommonFlags,
  _: AbortSignal,
  operands: readonly string[],
): Promise<Outcome> {
  const { copyProfile } = await import('../../config/edit-profiles.js')
  const [name = '', copy = `${name}_copied`] = operands
  return editedOutcome(await copyProfile(name, copy, { file: config }), 'Added')
}
