import type { CheckReport } from '../check-steps.js'
import { exitCodeOf } from '../exit-codes.js'
import { type CliCommand, type CommonFlags, PROFILE_FLAG } from './command.js'
import type { Outcome } from './output.js'

/** `check`: how far the way to the server goes. */
export const check: CliCommand = {
  name: 'check',
  description:
    'try S/MIME identity and certificates, and the way to the mail server: DNS, connect, TLS, what is offered, authenticate',
  flags: [PROFILE_FLAG, ['--to <address>', 'also send a test mail there']],
  run: runCheck,
}

interface CheckFlags extends CommonFlags {
  readonly profile?: string
  readonly to?: string
}

async function runCheck({ config, profile, to }: CheckFlags, signal: AbortSignal): Promise<Outcome> {
  const { withSession } = await import('./session.js')
  const report = await withSession({ config, profile, delivers: true }, ({ notifier }) =>
    notifier.check({ to, signal }),
  )
  return { json: report, text: checkText(report), exitCode: exitCodeOfCheck(report) }
}

function exitCodeOfCheck({ steps }: CheckReport): number {
  const failure = steps.find(({ ok }) => !ok)
  return failure?.error ? exitCodeOf(failure.error) : 0
}

function checkText({ ok, steps }: CheckReport): string {
  const lines = steps.map(
    (step) =>
      `${step.ok ? 'ok    ' : 'FAILED'}  ${step.step.padEnd(12)}  ${step.message} (${Math.round(step.milliseconds)} ms)`,
  )
  const failed = steps.filter((step) => !step.ok).map(({ step }) => step)
  return [...lines, ok ? 'All went well.' : `Not everything went well: ${failed.join(', ')}.`].join('\n')
}
