import { assertMayStart } from '../../assert-may-start.js'
import { invalidOption, refuseUnknownOptions } from '../../options.js'
import type { TemplateLanguage } from '../template-language.js'

/** How mails are rendered in processes of their own. */
export interface IsolationOptions {
  /** How many processes render at once. Default 2. */
  readonly processes?: number
  /** What a process may work on one mail before it is killed, in milliseconds. Default 20,000. */
  readonly time?: number
  /** What the JavaScript of a process may hold, in megabytes, 64 at least. Default 512. */
  readonly memory?: number
}

const LEAST: Readonly<Record<keyof IsolationOptions, number>> = { processes: 1, time: 1, memory: 64 }
const KNOWN: Record<keyof IsolationOptions, true> = { processes: true, time: true, memory: true }

/**
 * The options for processes of their own, or null where mails are rendered in this one.
 *
 * @throws IncidentMailerError `INVALID_CONFIG`, also for parts of the language that are functions: those cannot go
 * to another process; and where this process may start none
 */
export function isolationOptions(
  isolated: boolean | IsolationOptions | undefined,
  { filters, tests, globals, tags }: TemplateLanguage,
): IsolationOptions | null {
  if (isolated === undefined || isolated === false) return null
  const options = isolated === true ? {} : isolated
  refuseUnknownOptions(options, KNOWN, 'isolated')
  for (const [name, least] of Object.entries(LEAST)) {
    const value: unknown = Object.entries(options).find(([key]) => key === name)?.[1]
    if (value === undefined || (Number.isInteger(value) && Number(value) >= least)) continue
    throw invalidOption(`isolated.${name}`, `isolated.${name} must be a whole number, from ${least} upwards`)
  }
  for (const [option, parts] of Object.entries({ filters, tests, tags })) {
    if (Object.keys(parts ?? {}).length > 0) throw cannotCross(option)
  }
  for (const [name, value] of Object.entries(globals ?? {})) {
    if (typeof value === 'function') throw cannotCross(`globals.${name}`)
  }
  assertMayStart('isolated')
  return options
}

function cannotCross(field: string) {
  return invalidOption(
    field,
    `${field} cannot be used with isolated: functions cannot go to another process; leave out one of the two`,
  )
}
