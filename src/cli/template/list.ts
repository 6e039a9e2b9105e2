import type { CliCommand, CommonFlags } from '../command.js'
import type { Outcome } from '../output.js'

/** `template list`: which there are. */
export const templateList: CliCommand = {
  name: 'template list',
  description: 'list the templates, your own first',
  flags: [],
  run: runList,
}

async function runList({ config }: CommonFlags): Promise<Outcome> {
  const { readSettings } = await import('../../config/read-settings.js')
  const { builtInLabels } = await import('../../render/find-template.js')
  const { templates: configured = {} } = (await readSettings({ file: config })).config
  const own = Object.keys(configured).map((label) => ({ label, set: 'own' }))
  const builtIn = (await builtInLabels())
    .filter((label) => !Object.hasOwn(configured, label))
    .map((label) => ({ label, set: 'built-in' }))
  const templates = [...own, ...builtIn]
  const width = Math.max(...templates.map(({ label }) => label.length))
  return {
    json: { templates },
    text: templates.map(({ label, set }) => `${label.padEnd(width)}  ${set}`).join('\n'),
    exitCode: 0,
  }
}
