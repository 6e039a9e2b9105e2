import { IncidentMailerError } from './errors.js'
import { insteadOf, nearest } from './nearest.js'
import { quoted } from './quoted.js'

/**
 * Refuses options that do not exist, so that a misspelt one (`sign({ identiy })`) never means an unsigned mail,
 * and a text, a list or null where options have to be.
 *
 * @param known - every option there is; its type sees to it that none is left out
 * @param path - where these options stand among others: `smime`. Default: nowhere
 * @throws IncidentMailerError `INVALID_CONFIG`, with the name that was probably meant
 */
export function refuseUnknownOptions(
  options: unknown,
  known: Readonly<Record<string, true>>,
  path: string | null = null,
): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidOption(path, `${path ?? 'the options'} must be an object`)
  }
  for (const key of Object.keys(options)) {
    if (Object.hasOwn(known, key)) continue
    const field = (name: string) => (path === null ? name : `${path}.${name}`)
    const near = nearest(key, Object.keys(known))
    throw invalidOption(
      field(key),
      `there is no option ${quoted(field(key))}; ${near ? `did you mean ${field(near)}?` : `there are ${Object.keys(known).join(', ')}`}`,
    )
  }
}

/** Refuses a value that is none of the words an option may be; one that is left out may be so. */
export function assertOneOf(value: unknown, words: readonly string[], field: string): void {
  if (value === undefined || words.some((word) => word === value)) return
  const known = `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
  throw invalidOption(field, `${field} must be ${known}${insteadOf(value, words)}`)
}

/** The error of an option that cannot be what it is. */
export function invalidOption(field: string | null, message: string): IncidentMailerError {
  return new IncidentMailerError('INVALID_CONFIG', message, { stage: 'config', field: field ?? undefined })
}
