import { nearest } from '../nearest.js'
import { invalidOption } from '../options.js'
import { asSetting, hasLabels, keysOf, type Setting, settingAt } from '../schemas/setting.js'
import { type Environment, isRecord } from './environment.js'

const PREFIX = 'INCIDENT_MAILER_'

/** The variables that override settings, `INCIDENT_MAILER_TRANSPORT__HOST` among them, shortest path first. */
export function overridesIn(env: Environment): (readonly [name: string, value: string])[] {
  const overrides: [string, string][] = []
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith(PREFIX) && value !== undefined) overrides.push([name, value])
  }
  return overrides.sort(([one], [other]) => levelsOf(one).length - levelsOf(other).length)
}

/** A config with one setting replaced, and which one that is. */
export interface Overridden {
  readonly config: unknown
  /** `transport.host`. */
  readonly path: string
}

/**
 * The config with one setting replaced by a variable's value: `__` separates levels, letters' case and `_` do
 * not count, so that `INCIDENT_MAILER_SMIME__IDENTITY__PRIVATE_KEY` is `smime.identity.privateKey`.
 *
 * @throws IncidentMailerError `INVALID_CONFIG` where there is no such setting, or the value is of another kind
 */
export function override(config: unknown, name: string, value: string, setting: Setting): Overridden {
  const path: string[] = []
  return { config: set(config, levelsOf(name), setting), path: path.join('.') }

  function set(current: unknown, levels: readonly string[], here: Setting): unknown {
    const [level, ...deeper] = levels
    if (level === undefined) return convert(name, value, here)
    if (current !== undefined && !isRecord(current)) {
      throw invalidOption(
        null,
        `the environment's ${name} sets a part of what the config file sets as a whole; set all of it`,
      )
    }
    const known = current ?? {}
    const key = keyOf(here, level, Object.keys(known)) ?? unknownSetting(level, here)
    path.push(key)
    return { ...known, [key]: set(known[key], deeper, settingAt(here, key)) }
  }

  function unknownSetting(level: string, here: Setting): never {
    const settings = keysOf(here)
    const near = nearest(plain(level), settings)
    const hint = near
      ? `did you mean ${near}?`
      : `here are ${settings.join(', ') || 'the labels in the config file'}`
    throw invalidOption(null, `the environment's ${name} names no setting: there is no ${level}; ${hint}`)
  }
}

function levelsOf(name: string): string[] {
  return name.slice(PREFIX.length).split('__')
}

/** The setting that a level of a variable's name means. Labels, which the schema cannot know, are the file's. */
function keyOf(here: Setting, level: string, labels: readonly string[]): string | undefined {
  const known = hasLabels(here) ? [...keysOf(here), ...labels] : keysOf(here)
  return known.find((key) => plain(key) === plain(level))
}

/** A name without what a variable's name cannot say: case and dashes. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** A variable's text as the kind of value that the setting has. */
function convert(name: string, text: string, setting: Setting): string | number | boolean | string[] {
  const value = asSetting(text, setting)
  if (typeof value === 'string') return literal(value)
  if (value !== undefined) return Array.isArray(value) ? value.map(literal) : value
  const kinds = setting.map(({ _zod: { def } }) => def.type)
  if (kinds.includes('boolean')) throw invalidOption(null, `the environment's ${name} must be true or false`)
  if (kinds.includes('number')) throw invalidOption(null, `the environment's ${name} must be a number`)
  throw invalidOption(
    null,
    `the environment's ${name} is a group of settings; set them one by one, as ${name}__... does`,
  )
}

/** Text that the config file's own `$` rules, applied afterwards, leave as it is: a variable means what it says. */
function literal(text: string): string {
  return text.startsWith('$') ? `$${text}` : text
}
