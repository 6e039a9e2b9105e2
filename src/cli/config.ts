import type { EffectiveSetting } from '../config/effective-settings.js'
import { type CliCommand, type CommonFlags, PROFILE_FLAG } from './command.js'
import type { Outcome } from './output.js'

/** `config`: which settings hold, and where each came from. */
export const config: CliCommand = {
  name: 'config',
  description: 'show the settings that hold, and where each came from; of secrets, whether they are set',
  flags: [PROFILE_FLAG],
  run: runConfig,
}

interface ConfigFlags extends CommonFlags {
  readonly profile?: string
}

async function runConfig({ config: named, profile }: ConfigFlags): Promise<Outcome> {
  const { readSettings } = await import('../config/read-settings.js')
  const { effectiveSettings } = await import('../config/effective-settings.js')
  const read = await readSettings({ file: named })
  const { file } = read
  const { settings, notes } = effectiveSettings(read, profile)
  const width = Math.max(...settings.map(({ setting }) => setting.length))
  const lines = settings.map(({ setting, value, origin, name }) => {
    const from = origin === 'file' && name !== setting ? name : ORIGINS[origin](name)
    return `${setting.padEnd(width)}  ${value}  (${from})`
  })
  const head = file === null ? 'No config file.' : `Config file: ${file}`
  return {
    json: { file, settings, notes },
    text: [head, ...lines, ...notes.map((note) => `Note: ${note}`)].join('\n'),
    exitCode: 0,
  }
}

const ORIGINS: Readonly<Record<EffectiveSetting['origin'], (name: string | null) => string>> = {
  file: () => 'file',
  secrets: (name) => `$${name} in the secrets file`,
  environment: (name) => `$${name}`,
  profile: (name) => `profile ${name}`,
  default: () => 'default',
}
