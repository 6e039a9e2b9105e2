import { IncidentMailerError } from '../errors.js'

/** Variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

const NAME = /^\$([A-Za-z_][A-Za-z0-9_]*)$/

/**
 * Fills in the environment's values: `$NAME` as a whole string is that variable, `$$` at the start of one is
 * a literal `$`.
 *
 * @param source - the config file, for messages
 * @param nameOf - what that file calls a setting. Default: by its path
 * @throws IncidentMailerError `UNDEFINED_CONFIG_VARIABLE`, naming variable, key and file
 */
export function expandVariables(
  value: unknown,
  env: Environment,
  source: string,
  nameOf: (path: string) => string = (path) => path,
  path = '',
): unknown {
  if (typeof value === 'string') {
    if (value.startsWith('$$')) return value.slice(1)
    const name = variableIn(value)
    return name === undefined ? value : variable(name, env, source, nameOf(path))
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => expandVariables(item, env, source, nameOf, `${path}[${index}]`))
  }
  if (isRecord(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        expandVariables(item, env, source, nameOf, path === '' ? key : `${path}.${key}`),
      ]),
    )
  }
  return value
}

/** The variable that a whole value stands for, if it does. */
export function variableIn(value: unknown): string | undefined {
  return typeof value === 'string' ? NAME.exec(value)?.[1] : undefined
}

/**
 * Refuses a variable in another tool's writing as a whole value: `${NAME}`, `%NAME%`. Taken for text it would be
 * sent as the password, and only the server would complain.
 *
 * @param source - the config file, for messages
 * @throws IncidentMailerError `INVALID_CONFIG`, naming key and file
 */
export function refuseForeignVariables(value: unknown, source: string, path = ''): void {
  if (typeof value === 'string') {
    const [, shell, windows] = FOREIGN.exec(value) ?? []
    const name = shell ?? windows
    if (name === undefined) return
    throw new IncidentMailerError(
      'INVALID_CONFIG',
      `${path} in ${source} reads like a variable; write "$${name}"`,
      { stage: 'config', field: path },
    )
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) refuseForeignVariables(item, source, `${path}[${index}]`)
  } else if (isRecord(value)) {
    for (const [key, item] of Object.entries(value))
      refuseForeignVariables(item, source, path === '' ? key : `${path}.${key}`)
  }
}

const FOREIGN = /^(?:\$\{([A-Za-z_][A-Za-z0-9_]*)\}|%([A-Z_][A-Z0-9_]*)%)$/

function variable(name: string, env: Environment, source: string, path: string): string {
  const value = Object.hasOwn(env, name) ? env[name] : undefined
  if (value !== undefined) return value
  throw new IncidentMailerError(
    'UNDEFINED_CONFIG_VARIABLE',
    // With small letters in it, it may be a password that begins with $, and no variable at all.
    /[a-z]/.test(name)
      ? `${path} in ${source} begins with $, and the environment has no variable of that name; set it, or begin with $$ where the text itself is meant`
      : `${path} in ${source} is $${name}, and the environment has no ${name}; set it, or write $$${name} for the text itself`,
    { stage: 'config', field: path },
  )
}

/** Whether a value is an object with keys. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
