import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { IncidentMailerError, messageOf } from '../errors.js'
import type { IncidentSource } from '../incident/incident.js'
import { jsonFile } from '../incident/json-file.js'
import { jsonFolder } from '../incident/json-folder.js'
import type { NotifierOptions } from '../notifier.js'
import { checkConfig } from '../schemas/config.js'
import { jsonSchemaOf } from '../schemas/documents.js'
import { findConfigFile, readConfigFile } from './config-file.js'
import { type Environment, expandVariables, refuseForeignVariables } from './environment.js'
import { override, overridesIn } from './overrides.js'
import { resolvePaths } from './resolve-paths.js'

/** Where settings come from. */
export interface LoadConfigOptions {
  /** The config file, relative to `cwd`. Default: `incident-mailer.json`, `.yaml` or `.yml` in `cwd`, if there. */
  readonly file?: string
  /** The working directory. Default: the process's. */
  readonly cwd?: string
  /** The variables that `$NAME` and `INCIDENT_MAILER_...` refer to. Default: the process's. */
  readonly env?: Environment
}

/**
 * The notifier's options from a config file and the environment. Without a file: the defaults, and what the
 * environment sets.
 *
 * A string `$NAME` is taken from the environment, and `$$` starts a literal `$`. Paths are relative to the
 * file. `INCIDENT_MAILER_TRANSPORT__HOST` overrides `transport.host`, and so on.
 *
 * @example
 * ```ts
 * import { createNotifier, loadConfig } from 'incident-mailer'
 *
 * const notifier = await createNotifier(await loadConfig())
 * ```
 *
 * @throws IncidentMailerError `INVALID_CONFIG`, `UNDEFINED_CONFIG_VARIABLE`, or `FILE_NOT_FOUND` and
 * `FILE_UNREADABLE` for the file itself and the incidents it names
 */
export async function loadConfig(options: LoadConfigOptions = {}): Promise<NotifierOptions> {
  const { cwd = process.cwd(), env = process.env } = options
  const path = await findConfigFile(options.file, cwd)
  const source = path ?? 'the environment'

  let document: unknown = path === null ? {} : await readConfigFile(path)
  refuseForeignVariables(document, source)
  const overrides = overridesIn(env)
  if (overrides.length > 0) {
    const schema = jsonSchemaOf('config')
    for (const [name, value] of overrides) document = override(document, name, value, schema)
  }
  const config = checkConfig(expandVariables(document, env, source), source)
  const { incidents, ...settings } = resolvePaths(config, path === null ? cwd : dirname(path))
  return { ...settings, ...(incidents !== undefined && { incidents: await incidentSource(incidents) }) }
}

/** A file holds one incident, a folder many. */
async function incidentSource(path: string): Promise<IncidentSource> {
  try {
    return (await stat(path)).isDirectory() ? jsonFolder(path) : jsonFile(path)
  } catch (cause) {
    throw new IncidentMailerError('FILE_NOT_FOUND', `incidents: cannot open ${path}: ${messageOf(cause)}`, {
      stage: 'config',
      field: 'incidents',
      cause,
    })
  }
}
