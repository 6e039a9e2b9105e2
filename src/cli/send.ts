import { IncidentMailerError } from '../errors.js'
import { strictExitCodeOf } from '../exit-codes.js'
import { type CliCommand, type CommonFlags, JOB_FLAG, PROFILE_FLAG } from './command.js'
import type { Outcome } from './output.js'
import { reportText } from './report-text.js'

/** `send`: a job becomes a mail, and its report is printed. */
export const send: CliCommand = {
  name: 'send',
  description: 'render, sign, encrypt and deliver the mail that a job asks for, and print the report',
  flags: [
    JOB_FLAG,
    PROFILE_FLAG,
    ['--dry-run', 'do everything but deliver it'],
    ['--eml <file>', 'also write the message to a file (file.2, file.3, ... where copies differ)'],
    ['--strict', 'fail when any recipient was refused'],
    ['--jsonl', 'send many: one job a line in, one report a line out'],
    ['--resume <file>', 'with --jsonl: keep a journal there, and go on where an earlier run was cut off'],
  ],
  patience: ({ jsonl }: SendFlags) => (jsonl ? BULK_PATIENCE : 2_000),
  run: runSend,
}

interface SendFlags extends CommonFlags {
  readonly profile?: string
  readonly job?: string
  readonly dryRun?: boolean
  readonly eml?: string
  readonly strict?: boolean
  readonly jsonl?: boolean
  readonly resume?: string
}

/** How long a bulk run may take to end after a signal, in milliseconds. */
const BULK_PATIENCE = 15_000

async function runSend(flags: SendFlags, signal: AbortSignal): Promise<Outcome> {
  const { config, profile, job: file, dryRun = false, eml, strict = false, jsonl, resume } = flags
  if (jsonl) {
    if (eml !== undefined) throw usage('--eml goes with one job, and not with --jsonl')
    if (dryRun && resume !== undefined)
      throw usage('--dry-run sends nothing, of which --resume could keep a journal')
    const { sendLines } = await import('./bulk/send-lines.js')
    const { json } = flags
    return await sendLines({ config, profile, jobs: file, resume, dryRun, strict, json }, signal)
  }
  if (resume !== undefined) throw usage('--resume goes with --jsonl')
  const { readJob } = await import('./job.js')
  const job = await readJob(file, signal)
  const { withSession } = await import('./session.js')

  return await withSession({ config, profile, job, delivers: true }, async ({ notifier, timeout }) => {
    // One deadline for both halves.
    const bounded = { signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]) }
    const mail = await notifier.compose(job.request, bounded)
    if (eml !== undefined) {
      const { writeEml } = await import('./eml.js')
      await writeEml(mail, eml, { what: 'job', file, config })
    }
    const report = await notifier.deliver(mail, { ...bounded, dryRun })
    return { json: report, text: reportText(report), exitCode: strict ? strictExitCodeOf(report) : 0 }
  })
}

function usage(message: string): IncidentMailerError {
  return new IncidentMailerError('USAGE', message)
}
