import { strictExitCodeOf } from '../exit-codes.js'
import type { MimeMail } from '../mail.js'
import { type CliCommand, type CommonFlags, JOB_FLAG } from './command.js'
import type { Outcome } from './output.js'

/** `send`: a job becomes a mail, and its report is printed. */
export const send: CliCommand = {
  name: 'send',
  description: 'render, sign, encrypt and deliver the mail that a job asks for, and print the report',
  flags: [
    JOB_FLAG,
    ['--dry-run', 'do everything but deliver it'],
    ['--eml <file>', 'also write the message to a file (file.2, file.3, ... where copies differ)'],
    ['--strict', 'fail when any recipient was refused'],
  ],
  run: runSend,
}

interface SendFlags extends CommonFlags {
  readonly job?: string
  readonly dryRun?: boolean
  readonly eml?: string
  readonly strict?: boolean
}

async function runSend(
  { config, job: file, dryRun, eml, strict }: SendFlags,
  signal: AbortSignal,
): Promise<Outcome> {
  const { readJob } = await import('./job.js')
  const job = await readJob(file, signal)
  const { withSession } = await import('./session.js')
  const { reportText } = await import('./report-text.js')

  return await withSession({ config, job, delivers: true }, async ({ notifier, timeout }) => {
    // One deadline for both halves.
    const bounded = { signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]) }
    const mail = await notifier.compose(job.request, bounded)
    if (eml !== undefined) {
      const { writeEml } = await import('./eml.js')
      await writeEml(mail, eml)
    }
    const report = dryRun ? await dryRunReport(mail) : await notifier.deliver(mail, bounded)
    return { json: report, text: reportText(report), exitCode: strict ? strictExitCodeOf(report) : 0 }
  })
}

/** The report of a mail that nobody was asked to take. */
async function dryRunReport(mail: MimeMail) {
  const { reportOf } = await import('../deliver/report.js')
  const { messageBytes } = await import('../mime.js')
  const sizes = await Promise.all(
    mail.deliveries.map(async ({ entity }) => (await messageBytes(mail, entity)).length),
  )
  const to = mail.deliveries.flatMap(({ recipients }) => recipients.map(({ address }) => address))
  const report = reportOf(mail, {
    to,
    handovers: [],
    size: Math.max(...sizes),
    milliseconds: 0,
    warnings: [],
  })
  return { ...report, outcome: null, timings: mail.timings }
}
