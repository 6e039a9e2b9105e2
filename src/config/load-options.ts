import type { Environment } from './environment.js'

/** Where settings come from. */
export interface LoadConfigOptions {
  /** The config file, relative to `cwd`. Default: `incident-mailer.json`, `.yaml` or `.yml` in `cwd`, if there. */
  readonly file?: string
  /** The working directory. Default: the process's. */
  readonly cwd?: string
  /** The variables that `$NAME` and `INCIDENT_MAILER_...` refer to. Default: the process's. */
  readonly env?: Environment
}

export const LOAD_OPTIONS: Record<keyof LoadConfigOptions, true> = { file: true, cwd: true, env: true }
