import { IncidentMailerError } from '../../errors.js'
import { type CliCommand, type CommonFlags, TLP_FLAG } from '../command.js'
import { tlpOf } from '../one-of.js'
import type { Outcome } from '../output.js'
import { reportText } from '../report-text.js'
import { profileToShow } from './show.js'

/** `profile test`: a mail that says by which way it came. */
export const profileTest: CliCommand = {
  name: 'profile test',
  description: 'send a mail by a profile (default: the default one) that names its host, port, type and user',
  operands: '[name]',
  flags: [['--to <address>', 'who gets it; needed'], TLP_FLAG],
  run: runTest,
}

interface TestFlags extends CommonFlags {
  readonly to?: string
  readonly tlp?: string
}

async function runTest(
  { config, to, tlp }: TestFlags,
  signal: AbortSignal,
  operands: readonly string[],
): Promise<Outcome> {
  if (to === undefined) throw new IncidentMailerError('USAGE', 'name who gets the test mail: --to ADDRESS')
  const label = tlpOf(tlp)
  const { name, host, port, type, user } = await profileToShow(operands[0], config)
  const { withSession } = await import('../session.js')
  const body = [
    `This mail tests the profile ${name} of incident-mailer.`,
    '',
    `Host: ${host}`,
    `Port: ${port}`,
    `Type: ${type}`,
    `User: ${user ?? 'none'}`,
  ].join('\n')
  return await withSession({ config, profile: name, delivers: true }, async ({ notifier }) => {
    const request = { to, subject: `Test of the profile ${name}`, body, format: 'text' as const, tlp: label }
    const report = await notifier.send(request, { signal })
    return { json: report, text: reportText(report), exitCode: 0 }
  })
}
