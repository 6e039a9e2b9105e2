import type { CliCommand } from './command.js'
import type { Outcome } from './output.js'
import { READING_FLAGS, type ReadingFlags, readingOptions } from './reading-flags.js'

/** `decrypt`: what is in an encrypted message, and what it is worth. */
export const decrypt: CliCommand = {
  name: 'decrypt',
  description: 'decrypt a message with smime.identity, and say what was signed by whom in it',
  operands: '[file]',
  flags: [['--out <file>', 'write the decrypted content there (default: to stdout)'], ...READING_FLAGS],
  run: runDecrypt,
}

interface DecryptFlags extends ReadingFlags {
  readonly out?: string
}

async function runDecrypt(
  { out, ...flags }: DecryptFlags,
  signal: AbortSignal,
  [file]: readonly string[],
): Promise<Outcome> {
  return out === undefined ? await toStdout(flags, signal, file) : await toFile(out, flags, signal, file)
}

async function toFile(
  out: string,
  flags: ReadingFlags,
  signal: AbortSignal,
  file: string | undefined,
): Promise<Outcome> {
  const { stdinChunks } = await import('./job.js')
  const { decryptFile } = await import('../smime/decrypt-file.js')
  const { messageText } = await import('./message-text.js')
  const options = { ...(await readingOptions(flags)), out }
  const result = await decryptFile(file ?? stdinChunks(signal, 'message'), options, { signal })
  const {
    contentFile: _,
    unverifiedContentFile: __,
    ...report
  } = { contentFile: null, unverifiedContentFile: null, ...result }
  return { json: { ...report, out }, text: `${messageText(report)}\n  content     in ${out}`, exitCode: 0 }
}

async function toStdout(
  flags: ReadingFlags,
  signal: AbortSignal,
  file: string | undefined,
): Promise<Outcome> {
  const { readInput } = await import('./job.js')
  const message = await readInput(file, signal, 'message')
  const { decrypt } = await import('../smime/decrypt.js')
  const { messageText } = await import('./message-text.js')
  const result = await decrypt(message, await readingOptions(flags), { signal })
  const content = result.status === 'verified' ? result.content : result.unverifiedContent
  const {
    content: _,
    unverifiedContent: __,
    ...report
  } = { content: null, unverifiedContent: null, ...result }
  // Under the same two names as in the library.
  const name = result.status === 'verified' ? 'content' : 'unverifiedContent'
  return {
    json: { ...report, [name]: content.toString('base64') },
    text: `${messageText(report)}\n\n${content.toString()}`,
    exitCode: 0,
  }
}
