import type { CliCommand } from './command.js'
import type { Outcome } from './output.js'
import { READING_FLAGS, type ReadingFlags, readingOptions } from './reading-flags.js'

/** `verify`: what a message is worth. */
export const verify: CliCommand = {
  name: 'verify',
  description:
    'say what was signed by whom in a message, and whether it is to be trusted (exit code 77: it is not)',
  operands: '[file]',
  flags: READING_FLAGS,
  run: runVerify,
}

/** Everything that is not verified ends alike, so that no script takes one kind of it for success. */
const NOT_TRUSTED = 77

async function runVerify(
  flags: ReadingFlags,
  signal: AbortSignal,
  [file]: readonly string[],
): Promise<Outcome> {
  const { readInput } = await import('./job.js')
  const message = await readInput(file, signal, 'message')
  const { verify } = await import('../smime/verify.js')
  const { messageText } = await import('./message-text.js')
  const result = await verify(message, await readingOptions(flags), { signal })
  const { content: _, ...report } = { content: null, ...result }
  return {
    json: report,
    text: messageText(report),
    exitCode: report.status === 'verified' ? 0 : NOT_TRUSTED,
  }
}
