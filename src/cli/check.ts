import { type CheckReport, checkReport } from '../check-steps.js'
import { IncidentMailerError } from '../errors.js'
import { exitCodeOf } from '../exit-codes.js'
import { millisecondsSince } from '../milliseconds-since.js'
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
  const started = performance.now()
  const report = await withSession({ config, profile, delivers: true }, ({ notifier }) =>
    notifier.check({ to, signal }),
  ).catch((thrown) => withoutIdentity(thrown, millisecondsSince(started)))
  return { json: report, text: checkText(report), exitCode: exitCodeOfCheck(report) }
}

/** Without those who sign there is no notifier to check anything else: that they do not load is the only step. */
function withoutIdentity(thrown: unknown, milliseconds: number): CheckReport {
  const isOfIdentity =
    thrown instanceof IncidentMailerError &&
    thrown.code !== 'INVALID_CONFIG' &&
    /^smime\.(?:identity|cosigners)\b/.test(thrown.field ?? '')
  if (!isOfIdentity) throw thrown
  const { message } = thrown
  return checkReport([{ step: 'identity', ok: false, milliseconds, message, error: thrown.toJSON() }])
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
