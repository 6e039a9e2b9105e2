import { invalidOption } from '../options.js'

/** Variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

const NAME = /^\$([A-Za-z_][A-Za-z0-9_]*)$/

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
    throw invalidOption(path, `${path} in ${source} reads like a variable; write "$${name}"`)
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) refuseForeignVariables(item, source, `${path}[${index}]`)
  } else if (isRecord(value)) {
    for (const [key, item] of Object.entries(value))
      refuseForeignVariables(item, source, path === '' ? key : `${path}.${key}`)
  }
}

const FOREIGN = /^(?:\$\{([A-Za-z_][A-Za-z0-9_]*)\}|%([A-Z_][A-Z0-9_]*)%)$/

/** Whether a value is an object with keys. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
