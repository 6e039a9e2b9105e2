import { IncidentMailerError } from '../errors.js'
import type { MessageReport } from '../smime/reading/verification.js'
import type { CliCommand } from './command.js'
import { type Outcome, printNote } from './output.js'
import { READING_FLAGS, type ReadingFlags, readingOptions } from './reading-flags.js'

/** `decrypt`: what is in an encrypted message, and what it is worth. */
export const decrypt: CliCommand = {
  name: 'decrypt',
  description:
    'decrypt a message with smime.identity, and say what was signed by whom in it (exit code 77: not what is there)',
  operands: '[file]',
  flags: [
    [
      '--out <file>',
      'write the decrypted content there, of a message of any size (default: print it; in JSON as `content` or `unverifiedContent`, in base64)',
    ],
    ['--release-broken', 'give the content although it is not what was signed'],
    ...READING_FLAGS,
  ],
  run: runDecrypt,
}

interface DecryptFlags extends ReadingFlags {
  readonly out?: string
  readonly releaseBroken?: boolean
}

/** Of content that somebody changed, whoever takes no notice of the report has to hear in another way. */
const BROKEN = 77

async function runDecrypt(
  flags: DecryptFlags,
  signal: AbortSignal,
  [file]: readonly string[],
): Promise<Outcome> {
  const { report, content } = await (flags.out === undefined
    ? decryptedToStdout(flags, signal, file)
    : decryptedToFile(flags.out, flags, signal, file))
  const { messageText } = await import('./message-text.js')
  const { printedReport } = await import('./printed-report.js')
  const { out } = flags
  if (content === null) printNote(WITHHELD)
  if (content === null && out !== undefined) {
    const { noteUnwritten } = await import('./note-unwritten.js')
    await noteUnwritten(out, 'the content is withheld')
  }
  const withheld = { withheld: true, ...(out !== undefined && { out: null }) }
  const { json, text } = content ?? { json: withheld, text: '' }
  return {
    json: { ...printedReport(report), ...json },
    text: `${messageText(report)}${text}`,
    exitCode: report.status === 'broken' ? BROKEN : 0,
  }
}

const WITHHELD =
  'the content is withheld, since it is not what was signed; --release-broken gives it all the same'

/** What became of a message; without its content where that is withheld. */
interface Decrypted {
  readonly report: MessageReport
  readonly content: { readonly json: object; readonly text: string } | null
}

async function decryptedToFile(
  out: string,
  { releaseBroken, ...flags }: DecryptFlags,
  signal: AbortSignal,
  file: string | undefined,
): Promise<Decrypted> {
  const { refuseOverwrite } = await import('./refuse-overwrite.js')
  await refuseOverwrite('--out', [out], { what: 'message', file, config: flags.config })
  const { stdinChunks } = await import('./job.js')
  const { decryptFile } = await import('../smime/decrypt-file.js')
  const options = { ...(await readingOptions(flags)), out, releaseBroken }
  const result = await decryptFile(file ?? stdinChunks(signal, 'message'), options, { signal }).catch(
    async (thrown) => {
      const { noteUnwritten } = await import('./note-unwritten.js')
      await noteUnwritten(out, 'nothing was decrypted')
      throw thrown
    },
  )
  const { contentFile, unverifiedContentFile, ...report } = {
    contentFile: null,
    unverifiedContentFile: null,
    ...result,
  }
  const written = contentFile ?? unverifiedContentFile
  const content = written === null ? null : { json: { out }, text: `\n  content     in ${out}` }
  return { report, content }
}

async function decryptedToStdout(
  { releaseBroken, ...flags }: DecryptFlags,
  signal: AbortSignal,
  file: string | undefined,
): Promise<Decrypted> {
  const { readInput } = await import('./job.js')
  const message = await readInput(file, signal, 'message').catch((thrown) => {
    throw withAdvice(thrown)
  })
  const { decrypt } = await import('../smime/decrypt.js')
  const result = await decrypt(message, await readingOptions(flags), { signal })
  const { content, unverifiedContent, ...report } = { content: null, unverifiedContent: null, ...result }
  const bytes = content ?? unverifiedContent ?? Buffer.alloc(0)
  if (result.status === 'broken' && !releaseBroken) return { report, content: null }
  // Under the same two names as in the library.
  const name = result.status === 'verified' ? 'content' : 'unverifiedContent'
  const json = { [name]: bytes.toString('base64') }
  return { report, content: { json, text: `\n\n${bytes.toString()}` } }
}

/** What is too large to be printed can be written to a file. */
function withAdvice(thrown: unknown): unknown {
  if (!(thrown instanceof IncidentMailerError) || thrown.code !== 'TOO_LARGE') return thrown
  const { message } = thrown
  return new IncidentMailerError('TOO_LARGE', `${message}; with --out FILE its size does not matter`, {
    stage: 'request',
  })
}
