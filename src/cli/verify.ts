import type { UnverifiedMessage, VerifiedFile } from '../smime/reading/verification.js'
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
    ['--out <file>', 'write the signed content of a verified message there'],
    ...READING_FLAGS,
    ['--learn <folder>', "keep the authors' certificates of a verified message there, for answers"],
  ],
  run: runVerify,
}

/** Everything that is not verified ends alike, so that no script takes one kind of it for success. */
const NOT_TRUSTED = 77

interface VerifyFlags extends ReadingFlags {
  readonly out?: string
  readonly learn?: string
}

async function runVerify(
  flags: VerifyFlags,
  signal: AbortSignal,
  [file]: readonly string[],
): Promise<Outcome> {
  const { stdinChunks } = await import('./job.js')
  const { verifyFile } = await import('../smime/verify-file.js')
  const { messageText } = await import('./message-text.js')
  const { printedReport } = await import('./printed-report.js')
  const { config, out, learn: folder } = flags
  if (out !== undefined) {
    const { refuseOverwrite } = await import('./refuse-overwrite.js')
    await refuseOverwrite('--out', [out], { what: 'message', file, config })
  }
  const options = { ...(await readingOptions(flags)), ...(out !== undefined && { out }) }
  const result = await verifyFile(file ?? stdinChunks(signal, 'message'), options, { signal })
  const { contentFile, ...report } = { contentFile: null, ...result }
  const learned = folder === undefined ? [] : await learn(result, folder)
  if (out !== undefined && contentFile === null) {
    const { noteUnwritten } = await import('./note-unwritten.js')
    await noteUnwritten(out, 'the message is not verified')
  }
  return {
    json: {
      ...printedReport(report),
      ...(out !== undefined && { out: contentFile }),
      ...(folder !== undefined && { learned }),
    },
    text: [
      messageText(report),
      ...(contentFile === null ? [] : [`  content     in ${contentFile}`]),
      ...learned.map((path) => `learned ${path}`),
    ].join('\n'),
    exitCode: report.status === 'verified' ? 0 : NOT_TRUSTED,
  }
}

/** The new files. A message that is not verified teaches nothing. */
async function learn(result: VerifiedFile | UnverifiedMessage, folder: string): Promise<string[]> {
  if (result.status !== 'verified') return []
  const { learnCertificates } = await import('../smime/learn-certificates.js')
  return await learnCertificates(result, folder)
}
