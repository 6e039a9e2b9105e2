import type { z } from 'zod'

/** What may stand at a place of a document: every kind of value that its schema allows there. */
export type Setting = readonly z.core.$ZodTypes[]

/** The kinds of value that a schema allows. */
export function settingOf(schema: z.core.$ZodType): Setting {
  const known = schema as z.core.$ZodTypes
  const { def } = known._zod
  switch (def.type) {
    case 'optional':
      return settingOf(def.innerType)
    case 'union':
      return def.options.flatMap(settingOf)
    // A preprocessed value: of its two ends, the one that says what it may be.
    case 'pipe':
      return settingOf(def.out)
    default:
      return [known]
  }
}

/** The names of the settings in a group of them. Labels, which a schema cannot know, are not among these. */
export function keysOf(setting: Setting): readonly string[] {
  return setting.flatMap(({ _zod: { def } }) => (def.type === 'object' ? Object.keys(def.shape) : []))
}

/** Whether its keys are labels of people's own choice. */
export function hasLabels(setting: Setting): boolean {
  return setting.some(({ _zod: { def } }) => def.type === 'record')
}

/** What may stand under a key or label, or as an item of a list; nothing where nothing may. */
export function settingAt(setting: Setting, key: string | number): Setting {
  return setting.flatMap(({ _zod: { def } }) => {
    if (typeof key === 'number') return def.type === 'array' ? settingOf(def.element) : []
    if (def.type === 'record') return settingOf(def.valueType)
    const below = def.type === 'object' && Object.hasOwn(def.shape, key) ? def.shape[key] : undefined
    return below === undefined ? [] : settingOf(below)
  })
}

/** Whether any text may stand there. */
export function isText(setting: Setting): boolean {
  return setting.length === 0 || setting.some(({ _zod: { def } }) => def.type === 'string')
}

/**
 * A text from outside as the kind of value that a setting has: `"587"` is the number 587 for a port. Undefined where
 * it cannot be.
 */
export function asSetting(text: string, setting: Setting): string | number | boolean | string[] | undefined {
  const kinds = new Set(setting.map(({ _zod: { def } }) => def.type))
  // Data that may be anything, such as a template's globals, comes as it is written.
  if (kinds.has('lazy')) return text
  if (kinds.has('boolean') && (text === 'true' || text === 'false')) return text === 'true'
  if (isText(setting) || kinds.has('enum')) return text
  if (kinds.has('array')) return text.split(',').map((item) => item.trim())
  return kinds.has('number') && /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined
}
