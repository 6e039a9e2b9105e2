import { IncidentMailerError } from '../errors.js'
import { strictExitCodeOf } from '../exit-codes.js'
import { type CliCommand, type CommonFlags, PROFILE_FLAG, TLP_FLAG } from './command.js'
import { oneOf, tlpOf } from './one-of.js'
import type { Outcome } from './output.js'
import { reportText } from './report-text.js'

/** `raw`: a whole message, sent as it is. */
export const raw: CliCommand = {
  name: 'raw',
  description: 'send a whole message (RFC 5322) as it is, to those in its To, Cc and Bcc',
  operands: '[file]',
  flags: [
    PROFILE_FLAG,
    TLP_FLAG,
    [
      '--dsn <events>',
      'ask for delivery status notifications: success, failure, delay, with commas between; or never',
    ],
    ['--dsn-optional', 'with --dsn: send the message also where the way out cannot ask for them'],
    ['--dry-run', 'do everything but deliver it'],
    ['--strict', 'fail when any recipient was refused'],
  ],
  run: runRaw,
}

interface RawFlags extends CommonFlags {
  readonly profile?: string
  readonly tlp?: string
  readonly dsn?: string
  readonly dsnOptional?: boolean
  readonly dryRun?: boolean
  readonly strict?: boolean
}

async function runRaw(
  { config, profile, tlp, dsn, dsnOptional = false, dryRun, strict }: RawFlags,
  signal: AbortSignal,
  [file]: readonly string[],
): Promise<Outcome> {
  const label = tlpOf(tlp)
  if (dsnOptional && dsn === undefined)
    throw new IncidentMailerError('USAGE', '--dsn-optional goes with --dsn')
  const asked = dsn === undefined ? undefined : { notify: eventsOf(dsn), required: !dsnOptional }
  const { readInput } = await import('./job.js')
  const message = await readInput(file, signal, 'message')
  const { withSession } = await import('./session.js')
  return await withSession({ config, profile, delivers: true }, async ({ notifier }) => {
    const report = await notifier.raw(message, { signal, dryRun, tlp: label, dsn: asked })
    return { json: report, text: reportText(report), exitCode: strict ? strictExitCodeOf(report) : 0 }
  })
}

function eventsOf(words: string) {
  if (words.trim().toLowerCase() === 'never') return 'never' as const
  return words.split(',').map((word) => oneOf(EVENTS, word.trim(), '--dsn: there is no such event'))
}

const EVENTS = ['success', 'failure', 'delay'] as const
