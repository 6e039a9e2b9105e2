import { type CliCommand, type CommonFlags, JOB_FLAG, PROFILE_FLAG } from './command.js'
import type { Outcome } from './output.js'
import { warningLines } from './report-text.js'

/** `render`: what a job's mail would say. */
export const render: CliCommand = {
  name: 'render',
  description: "print subject, HTML and text of a job's mail, and send nothing",
  flags: [JOB_FLAG, PROFILE_FLAG],
  run: runRender,
}

interface RenderFlags extends CommonFlags {
  readonly profile?: string
  readonly job?: string
}

async function runRender({ config, profile, job: file }: RenderFlags, signal: AbortSignal): Promise<Outcome> {
  const { readJob } = await import('./job.js')
  const job = await readJob(file, signal)
  const { withSession } = await import('./session.js')

  return await withSession({ config, profile, job }, async ({ notifier }) => {
    const { subject, html, text, warnings } = await notifier.render(job.request, { signal })
    const kind =
      html === null ? 'plain text' : 'HTML, of which this is the plain-text twin (--json shows both)'
    return {
      json: { subject, html, text, warnings },
      text: [`Subject: ${subject}`, `Content: ${kind}`, ...warningLines(warnings), '', text].join('\n'),
      exitCode: 0,
    }
  })
}
