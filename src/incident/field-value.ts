import { isFields, own } from './data.js'
import { formatTimestamp } from './format-timestamp.js'
import type { FieldDefinition, IncidentFile } from './incident.js'

/** What the file says a field of an incident is. */
export function definitionOf(file: IncidentFile | null, name: string): FieldDefinition | undefined {
  const definition = own(file?.fields, name)
  return isFields(definition) ? definition : undefined
}

/**
 * The raw value of an incident's field: where its definition says, or wherever it is. Undefined where it is not
 * there at all, which is less than null.
 */
export function readField(incident: unknown, name: string, definition: FieldDefinition | undefined): unknown {
  if (definition?.prefix) return own(own(incident, definition.prefix), name)
  const value = own(incident, name)
  const custom = definition ? undefined : own(own(incident, 'properties'), name)
  const empty = value === undefined || value === null
  return empty && custom !== undefined ? custom : value
}

/**
 * A field's value as people read it: by its definition, or where there is none, by its own kind. Null where
 * there is nothing to read. HTML in it is not cleaned yet.
 */
export function fieldValue(
  name: string,
  value: unknown,
  definition: FieldDefinition | undefined,
  dateFormat: string | undefined,
): string | null {
  if (value === undefined || value === null || value === '') return null
  switch (definition?.input_type ?? kindOf(name, value)) {
    case 'datepicker':
    case 'datetimepicker':
      return typeof value === 'number' ? formatTimestamp(value, dateFormat) : textOf(value, definition)
    case 'multiselect':
    case 'multiselect_owner':
      return list(value).length === 0
        ? null
        : list(value)
            .map((item) => textOf(item, definition))
            .join(', ')
    default:
      return textOf(value, definition)
  }
}

/** What a value looks like that nobody defined. Moments are numbers, told by their names: `create_date`. */
function kindOf(name: string, value: unknown): string {
  if (Array.isArray(value)) return 'multiselect'
  const moment = typeof value === 'number' && value > 100_000_000_000 && /(?:^|_)(?:date|time)$/.test(name)
  return moment ? 'datetimepicker' : 'text'
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}

/** One value in words: a choice by its label, rich text by its content, truth as Python prints it. */
function textOf(value: unknown, definition: FieldDefinition | undefined): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'object' && value !== null) {
    const { content, name, label } = value as Record<string, unknown>
    const named = [content, name, label].find((each) => typeof each === 'string' || typeof each === 'number')
    if (named !== undefined) return String(named)
    return 'content' in value ? '' : JSON.stringify(value)
  }
  return labelOf(value, definition) ?? String(value)
}

/** The label of a choice that is given by its number. */
function labelOf(value: unknown, definition: FieldDefinition | undefined): string | undefined {
  const choices: readonly unknown[] = Array.isArray(definition?.values) ? definition.values : []
  for (const choice of choices) {
    const { value: key, label } = Object(choice) as Record<string, unknown>
    if (key === value && typeof label === 'string') return label
  }
  return undefined
}
