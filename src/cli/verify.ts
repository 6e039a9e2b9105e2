import type { UnverifiedMessage, VerifiedMessage } from '../smime/reading/verification.js'
import type { CliCommand } from './command.js'
import type { Outcome } from './output.js'
import { READING_FLAGS, type ReadingFlags, readingOptions } from './reading-flags.js'

/** `verify`: what a message is worth. */
export const verify: CliCommand = {
  name: 'verify',
  description:
    'say what was signed by whom in a message, and whether it is to be trusted (exit code 77: it is not)',
  operands: '[file]',
  flags: [
    ...READING_FLAGS,
    ['--learn <folder>', "keep the authors' certificates of a verified message there, for answers"],
  ],
  run: runVerify,
}

/** Everything that is not verified ends alike, so that no script takes one kind of it for success. */
const NOT_TRUSTED = 77

interface VerifyFlags extends ReadingFlags {
  readonly learn?: string
}

async function runVerify(
  flags: VerifyFlags,
  signal: AbortSignal,
  [file]: readonly string[],
): Promise<Outcome> {
  const { readInput } = await import('./job.js')
  const message = await readInput(file, signal, 'message')
  const { verify } = await import('../smime/verify.js')
  const { messageText } = await import('./message-text.js')
  const result = await verify(message, await readingOptions(flags), { signal })
  const { content: _, ...report } = { content: null, ...result }
  const learned = flags.learn === undefined ? null : await learn(result, flags.learn)
  return {
    json: learned ? { ...report, learned } : report,
    text: [messageText(report), ...(learned ?? []).map((file) => `learned ${file}`)].join('\n'),
    exitCode: report.status === 'verified' ? 0 : NOT_TRUSTED,
  }
}

/** The new files. A message that is not verified teaches nothing. */
async function learn(result: VerifiedMessage | UnverifiedMessage, folder: string): Promise<string[]> {
  if (result.status !== 'verified') return []
  const { learnCertificates } = await import('../smime/learn-certificates.js')
  return await learnCertificates(result, folder)
}
