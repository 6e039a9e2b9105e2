import { IncidentMailerError } from '../errors.js'
import { asSetting, isText, type Setting, settingAt } from '../schemas/setting.js'
import { type Environment, isRecord, variableIn } from './environment.js'

/** How the environment's values are filled in. */
export interface ExpandOptions {
  readonly env: Environment
  /** The config file, for messages. */
  readonly source: string
  /** What that file calls a setting. Default: by its path. */
  readonly nameOf?: (path: string) => string
  /** What may stand there, for variables of which numbers, flags and lists are made. Default: texts alone. */
  readonly setting?: Setting
  /** Where the value stands. Default: at the top. */
  readonly path?: string
  /** Takes the error of a variable that there is not; then texts stay as they are, and others are left out. Default: it is thrown. */
  readonly missing?: (error: IncidentMailerError) => void
}

/**
 * Fills in the environment's values: `$NAME` as a whole string is that variable, as the kind of value that the
 * setting has; `$$` at the start of one is a literal `$`.
 *
 * @throws IncidentMailerError `UNDEFINED_CONFIG_VARIABLE`, naming variable, key and file
 */
export function expandVariables(value: unknown, options: ExpandOptions): unknown {
  const { env, source, nameOf = (path) => path, setting = [], path = '', missing } = options
  const below = (item: unknown, key: string | number, path: string) =>
    expandVariables(item, { ...options, setting: settingAt(setting, key), path })
  if (typeof value === 'string') {
    if (value.startsWith('$$')) return value.slice(1)
    const name = variableIn(value)
    if (name === undefined) return value
    const text = Object.hasOwn(env, name) ? env[name] : undefined
    // What it cannot be, the check of the settings says.
    if (text !== undefined) return asSetting(text, setting) ?? text
    const error = undefinedVariable(name, source, nameOf(path))
    if (missing === undefined) throw error
    missing(error)
    return isText(setting) ? value : undefined
  }
  if (Array.isArray(value)) return value.map((item, index) => below(item, index, `${path}[${index}]`))
  if (isRecord(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        below(item, key, path === '' ? key : `${path}.${key}`),
      ]),
    )
  }
  return value
}

function undefinedVariable(name: string, source: string, path: string): IncidentMailerError {
  return new IncidentMailerError(
    'UNDEFINED_CONFIG_VARIABLE',
    // With small letters in it, it may be a password that begins with $, and no variable at all.
    /[a-z]/.test(name)
      ? `${path} in ${source} begins with $, and the environment has no variable of that name; set it, or begin with $$ where the text itself is meant`
      : `${path} in ${source} is $${name}, and the environment has no ${name}; set it, or write $$${name} for the text itself`,
    { stage: 'config', field: path },
  )
}
