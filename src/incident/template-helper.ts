import { cleanHtml } from './clean-html.js'
import { fieldValue } from './field-value.js'
import { formatTimestamp } from './format-timestamp.js'
import type { FieldDefinition, IncidentFile } from './incident.js'
import { incidentUrl, taskUrl } from './links.js'

/** A function that templates call, by the names of its parameters. */
export interface HelperFunction {
  readonly parameters: readonly string[]
  readonly call: (...args: unknown[]) => unknown
}

/** What the helper knows. */
export interface TemplateHelperOptions {
  /** Definitions of fields, tables and links are taken from it. Null: there is no incident. */
  readonly file: IncidentFile | null
  /** How dates are printed, in `strftime`'s words. Default: ISO 8601 in UTC. */
  readonly dateFormat?: string | undefined
}

type Fields = Readonly<Record<string, unknown>>

/** More parts than any incident has: templates can make small lists that are endless to go through. */
const mostParts = 1_000_000
const deepest = 50

/**
 * `template_helper`: what templates ask about an incident, with the names and results of IBM's. Every string
 * that holds a `<` is cleaned on its way out.
 */
export function templateHelper({
  file,
  dateFormat,
}: TemplateHelperOptions): Readonly<Record<string, HelperFunction>> {
  const definitions = file?.fields ?? {}
  let parts = 0

  const definitionOf = (name: string) => (Object.hasOwn(definitions, name) ? definitions[name] : undefined)

  /** Pays for the cleaning, since a template can ask for the same long text again and again. */
  function cleaned(text: string): string {
    parts += text.length / 20
    if (parts > mostParts) throw new Error('there is too much text to go through')
    return cleanHtml(text)
  }

  function readable(name: string, value: unknown, definition: FieldDefinition | undefined): string | null {
    const text = fieldValue(name, value, definition, dateFormat)
    return text === null ? null : cleaned(text)
  }

  function clean(value: unknown, depth = 0): unknown {
    if (++parts > mostParts || depth > deepest) throw new Error('there is too much data to go through')
    if (typeof value === 'string') return cleaned(value)
    if (Array.isArray(value)) return value.map((item) => clean(item, depth + 1))
    if (!isFields(value)) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, clean(item, depth + 1)]))
  }

  /** A note, and in the order of a thread the replies to it and to those. */
  function thread(note: unknown, withReplies: boolean, depth = 0): Fields[] {
    if (!isFields(note)) return []
    if (++parts > mostParts || depth > deepest) throw new Error('there are too many notes to go through')
    const { children, ...own } = note
    const replies = withReplies ? listOf(children).flatMap((child) => thread(child, true, depth + 1)) : []
    return [{ ...own, text: noteText(note) }, ...replies]
  }

  return {
    get_incident_value: {
      parameters: ['incident', 'field_name'],
      call(incident, name) {
        if (typeof name !== 'string') throw new Error('get_incident_value needs the name of a field')
        const definition = definitionOf(name)
        return readable(name, read(incident, name, definition), definition)
      },
    },
    get_value_as_string: {
      parameters: ['field_def', 'field_value'],
      call: (definition, value) => readable('', value, isFields(definition) ? definition : undefined),
    },
    get_artifacts: {
      parameters: ['artifacts'],
      call: (artifacts) => clean(listOf(Object(artifacts).data)),
    },
    get_notes: {
      parameters: ['notes', 'get_children'],
      call(notes, withReplies = true) {
        const roots = listOf(Object(notes).root_comments).filter((note) => !isOwnNote(note))
        return clean(roots.flatMap((note) => thread(note, withReplies === true)))
      },
    },
    get_datatable_value_array: {
      parameters: ['inc_id', 'datatable_name', 'field_name'],
      call(_, table, column) {
        const found =
          file?.tables && Object.hasOwn(file.tables, String(table)) ? file.tables[String(table)] : undefined
        if (!found) throw new Error(`the incident has no table ${JSON.stringify(String(table).slice(0, 80))}`)
        const definition = listOf(found.columns)
          .filter(isFields)
          .find((each) => each.name === column)
        const cells = listOf(found.rows).map((row) => cell(row, String(column)))
        const values = cells
          .map((value) => readable(String(column), value, definition))
          .filter((value) => value !== null)
        return [...new Set(values)].join(', ')
      },
    },
    // Ours: IBM's helper always knows its server.
    has_links: {
      parameters: [],
      call: () => Boolean(file?.links?.baseUrl),
    },
    generate_incident_url: {
      parameters: ['inc_id'],
      call: (id) => incidentUrl(file?.links, id),
    },
    generate_task_url: {
      parameters: ['inc_id', 'task_id'],
      call: (id, task) => taskUrl(file?.links, id, task),
    },
    format_timestamp: {
      parameters: ['value'],
      call(value) {
        if (typeof value !== 'number') throw new Error('format_timestamp needs milliseconds since 1970')
        return formatTimestamp(value, dateFormat)
      },
    },
    get_timestamp: {
      parameters: ['offset'],
      call: (offset = 0) => Math.round(Date.now() / 1000 + Number(offset)),
    },
    get_list_from_string: {
      parameters: ['str_value'],
      call(value) {
        if (typeof value !== 'string') return Array.isArray(value) ? value : []
        return clean(
          [...new Set(value.split(/[,; ]/).map((item) => item.trim()))].filter((item) => item !== ''),
        )
      },
    },
  }
}

/** The value of a field: where its definition says, or wherever it is. */
function read(incident: unknown, name: string, definition: FieldDefinition | undefined): unknown {
  if (!isFields(incident)) throw new Error('get_incident_value needs the incident')
  if (definition?.prefix) return own(own(incident, definition.prefix), name)
  return own(incident, name) ?? (definition ? undefined : own(own(incident, 'properties'), name))
}

function own(value: unknown, name: string): unknown {
  return isFields(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

function cell(row: unknown, column: string): unknown {
  const value = own(own(row, 'cells') ?? row, column)
  return isFields(value) && 'value' in value ? value.value : value
}

/** The note that the app adds to an incident after it sent a mail. */
function isOwnNote(note: unknown): boolean {
  return isFields(note) && noteText(note).toLowerCase().includes('email sent if mail server is valid')
}

function noteText(note: Fields): string {
  const text = isFields(note.text) ? note.text.content : note.text
  return typeof text === 'string' ? text : ''
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
