import { dirname, resolve } from 'node:path'
import type { Profiles } from '../notifier/profile.js'
import { type Config, checkConfig, configSetting } from '../schemas/config.js'
import { ownDocument } from './config-document.js'
import { findConfigFile, readConfigFile } from './config-file.js'
import { isRecord, variableIn } from './environment.js'
import { expandVariables } from './expand-variables.js'
import type { LoadConfigOptions } from './load-options.js'
import { override, overridesIn } from './overrides.js'
import { readProfiles } from './read-profiles.js'
import { resolvePaths } from './resolve-paths.js'
import { readSecrets } from './secrets-file.js'
import { valueAt, variableAt } from './value-at.js'

/** Settings as they hold, and where each came from. */
export interface ReadSettings {
  readonly config: Omit<Config, '$schema' | 'profiles' | 'secrets'> & { readonly profiles?: Profiles }
  /** The config file, or null where there is none. */
  readonly file: string | null
  /** What whoever wrote the file should know. */
  readonly notes: readonly string[]
  originOf(path: string): Origin
}

/** Where a setting came from. */
export interface Origin {
  readonly kind: 'file' | 'environment' | 'secrets'
  /** The variable, or what the file calls the setting. */
  readonly name: string
}

/**
 * Reads a config file and the environment.
 *
 * @throws IncidentMailerError `INVALID_CONFIG`, `UNDEFINED_CONFIG_VARIABLE`, `FILE_NOT_FOUND`, `FILE_UNREADABLE`
 */
export async function readSettings(options: LoadConfigOptions = {}): Promise<ReadSettings> {
  const { cwd = process.cwd(), env = process.env } = options
  const file = await findConfigFile(options.file, cwd)
  const source = file ?? 'the environment'
  const document = file === null ? ownDocument({}) : await readConfigFile(file, env)

  const overrides = overridesIn(env)
  const overridden = new Map<string, string>()
  let written = document.value
  for (const [name, value] of overrides) {
    const { config, path } = override(written, name, value, configSetting)
    written = config
    overridden.set(path, name)
  }
  const folder = file === null ? cwd : dirname(file)
  const { profiles, ...others } = isRecord(written) ? written : { profiles: undefined }
  const secrets = await secretsOf(others, folder)
  const variables = { ...secrets, ...env }
  const { nameOf } = document
  const expanded = expandVariables(isRecord(written) ? others : written, {
    ...{ env: variables, source, nameOf, setting: configSetting },
  })
  const variableOf = (path: string) => overridden.get(path) ?? variableAt(document.value, path)
  const { secrets: _, ...config } = resolvePaths(
    checkConfig(expanded, source, { nameOf, variableOf }),
    folder,
  )
  return {
    config: {
      ...config,
      ...(profiles !== undefined && { profiles: readProfiles(profiles, { env: variables, source, folder }) }),
    },
    file,
    notes: document.notes,
    originOf(path) {
      const variable = overridden.get(path) ?? variableIn(valueAt(document.value, path))
      if (variable === undefined) return { kind: 'file', name: document.nameOf(path) }
      const stored = !Object.hasOwn(env, variable) && Object.hasOwn(secrets, variable)
      return { kind: stored ? 'secrets' : 'environment', name: variable }
    },
  }
}

async function secretsOf(
  { secrets: path }: { readonly secrets?: unknown },
  folder: string,
): Promise<Readonly<Record<string, string>>> {
  return typeof path === 'string' && path !== '' ? await readSecrets(resolve(folder, path)) : {}
}
