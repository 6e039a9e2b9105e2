import { relative } from 'node:path'
import type { CliCommand, CommonFlags } from '../command.js'
import type { Outcome } from '../output.js'

/** `template new`: a template of one's own. */
export const templateNew: CliCommand = {
  name: 'template new',
  description: 'make a template of your own out of another one, and name it in the config file',
  operands: '<name>',
  flags: [['--from <label>', 'the template it begins as (default: incident-summary)']],
  run: runNew,
}

interface NewFlags extends CommonFlags {
  readonly from?: string
}

async function runNew(
  { config, from }: NewFlags,
  _signal: AbortSignal,
  [name = '']: readonly string[],
): Promise<Outcome> {
  const { newTemplate } = await import('../../preview/new-template.js')
  const made = await newTemplate({ name, from, config })
  const here = (path: string) => relative(process.cwd(), path)
  return {
    json: made,
    text: [
      ...made.files.map((file) => `made   ${here(file)}`),
      `named  ${here(made.config)}: templates.${name}`,
      `See it, and edit it while you look: incident-mailer preview ${name}`,
    ].join('\n'),
    exitCode: 0,
  }
}
