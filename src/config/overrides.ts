import { IncidentMailerError } from '../errors.js'
import { nearest } from '../nearest.js'
import { type Environment, isRecord } from './environment.js'

/** What the overrides need to know of the config's schema: a piece of JSON Schema. */
export interface SettingSchema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, SettingSchema>>
  readonly additionalProperties?: SettingSchema | boolean
  readonly anyOf?: readonly SettingSchema[]
}

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
export function override(config: unknown, name: string, value: string, schema: SettingSchema): Overridden {
  const path: string[] = []
  return { config: set(config, levelsOf(name), schema), path: path.join('.') }

  function set(current: unknown, levels: readonly string[], here: SettingSchema): unknown {
    const [level, ...deeper] = levels
    if (level === undefined) return convert(name, value, here)
    if (current !== undefined && !isRecord(current)) {
      throw invalid(
        `the environment's ${name} sets a part of what the config file sets as a whole; set all of it`,
      )
    }
    const known = current ?? {}
    const [key, below] = settingAt(here, level, Object.keys(known)) ?? unknownSetting(level, here)
    path.push(key)
    return { ...known, [key]: set(known[key], deeper, below) }
  }

  function unknownSetting(level: string, here: SettingSchema): never {
    const settings = alternatives(here).flatMap(({ properties = {} }) => Object.keys(properties))
    const near = nearest(plain(level), settings)
    const hint = near
      ? `did you mean ${near}?`
      : `here are ${settings.join(', ') || 'the labels in the config file'}`
    throw invalid(`the environment's ${name} names no setting: there is no ${level}; ${hint}`)
  }
}

function levelsOf(name: string): string[] {
  return name.slice(PREFIX.length).split('__')
}

/** The setting that a level of a variable's name means. Labels, which the schema cannot know, are the file's. */
function settingAt(
  schema: SettingSchema,
  level: string,
  labels: readonly string[],
): readonly [key: string, schema: SettingSchema] | undefined {
  for (const { properties = {}, additionalProperties } of alternatives(schema)) {
    for (const [key, below] of Object.entries(properties))
      if (plain(key) === plain(level)) return [key, below]
    if (typeof additionalProperties !== 'object') continue
    const label = labels.find((candidate) => plain(candidate) === plain(level))
    if (label !== undefined) return [label, additionalProperties]
  }
  return undefined
}

/** A name without what a variable's name cannot say: case and dashes. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

function alternatives(schema: SettingSchema): SettingSchema[] {
  return [schema, ...(schema.anyOf ?? []).flatMap(alternatives)]
}

/** A variable's text as the kind of value that the setting has. */
function convert(name: string, text: string, schema: SettingSchema): string | number | boolean | string[] {
  const kinds = alternatives(schema).flatMap(({ type = [] }) => type)
  if (kinds.includes('string')) return literal(text)
  if (kinds.includes('array')) return text.split(',').map((item) => literal(item.trim()))
  if (kinds.includes('boolean')) {
    if (text === 'true' || text === 'false') return text === 'true'
    throw invalid(`the environment's ${name} must be true or false`)
  }
  if (kinds.includes('number') || kinds.includes('integer')) {
    if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text)
    throw invalid(`the environment's ${name} must be a number`)
  }
  throw invalid(`the environment's ${name} is a group of settings; set them one by one, as ${name}__... does`)
}

/** Text that the config file's own `$` rules, applied afterwards, leave as it is: a variable means what it says. */
function literal(text: string): string {
  return text.startsWith('$') ? `$${text}` : text
}

function invalid(message: string): IncidentMailerError {
  return new IncidentMailerError('INVALID_CONFIG', message, { stage: 'config' })
}
