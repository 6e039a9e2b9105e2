import { IncidentMailerError } from '../errors.js'
import { strictExitCodeOf } from '../exit-codes.js'
import { nearest } from '../nearest.js'
import { type CliCommand, type CommonFlags, PROFILE_FLAG } from './command.js'
import type { Outcome } from './output.js'

/** `raw`: a whole message, sent as it is. */
export const raw: CliCommand = {
  name: 'raw',
  description: 'send a whole message (RFC 5322) as it is, to those in its To, Cc and Bcc',
  operands: '[file]',
  flags: [
    PROFILE_FLAG,
    ['--tlp <label>', 'the TLP label by which the guard judges it: red, amber, amber+strict, green, clear'],
    ['--dry-run', 'do everything but deliver it'],
    ['--strict', 'fail when any recipient was refused'],
  ],
  run: runRaw,
}

interface RawFlags extends CommonFlags {
  readonly profile?: string
  readonly tlp?: string
  readonly dryRun?: boolean
  readonly strict?: boolean
}

async function runRaw(
  { config, profile, tlp, dryRun, strict }: RawFlags,
  signal: AbortSignal,
  [file]: readonly string[],
): Promise<Outcome> {
  const label = tlp === undefined ? undefined : labelOf(tlp)
  const { readInput } = await import('./job.js')
  const message = await readInput(file, signal, 'message')
  const { withSession } = await import('./session.js')
  const { reportText } = await import('./report-text.js')
  return await withSession({ config, profile, delivers: true }, async ({ notifier }) => {
    const report = await notifier.raw(message, { signal, dryRun, tlp: label })
    return { json: report, text: reportText(report), exitCode: strict ? strictExitCodeOf(report) : 0 }
  })
}

function labelOf(word: string) {
  const label = LABELS.find((each) => each === word.toLowerCase())
  if (label !== undefined) return label
  const near = nearest(word.toLowerCase(), LABELS)
  const advice = near ? `did you mean ${near}?` : `there are ${LABELS.join(', ')}`
  throw new IncidentMailerError('USAGE', `--tlp: there is no such label; ${advice}`)
}

const LABELS = ['red', 'amber', 'amber+strict', 'green', 'clear'] as const
