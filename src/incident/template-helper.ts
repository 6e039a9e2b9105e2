import { createCleaner } from './cleaner.js'
import { type Fields, isFields, isId, listOf, numberOf, own } from './data.js'
import type { FetchedData } from './fetched-data.js'
import { definitionOf, fieldValue, readField } from './field-value.js'
import { formatTimestamp } from './format-timestamp.js'
import type { FieldDefinition, IncidentFile } from './incident.js'
import { incidentUrl, taskUrl } from './links.js'
import { createRegexReplace } from './regex-replace.js'
import { tableFunctions } from './table-functions.js'

/** A function that templates call, by the names of its parameters. */
export interface HelperFunction {
  readonly parameters: readonly string[]
  readonly call: (...args: unknown[]) => unknown
}

/** What the helper knows. */
export interface TemplateHelperOptions {
  /** Definitions of fields, tables and links are taken from it. Null: there is no incident. */
  readonly file: IncidentFile | null
  /** What the source can get beyond the file. Default: the file is all there is. */
  readonly fetched?: FetchedData
  /** How dates are printed, in `strftime`'s words. Default: ISO 8601 in UTC. */
  readonly dateFormat?: string | undefined
}

const deepestReply = 50

/**
 * `template_helper`: what templates ask about an incident, with the names and results of IBM's. Every string
 * that holds a `<` is cleaned on its way out.
 *
 * What the source still has to fetch is as if it were not there, until the mail is rendered again.
 */
export function templateHelper({
  file,
  fetched,
  dateFormat,
}: TemplateHelperOptions): Readonly<Record<string, HelperFunction>> {
  const cleaner = createCleaner()
  const regexReplace = createRegexReplace()

  function readable(name: string, value: unknown, definition: FieldDefinition | undefined): string | null {
    const text = fieldValue(name, value, definition, dateFormat)
    return text === null ? null : cleaner.text(text)
  }

  /** What the file has; where it has none at all, what the source can get. */
  function listed(kind: 'artifacts' | 'notes', given: unknown): readonly unknown[] {
    const id = file?.incident.id
    const lacking = listOf(given).length === 0 && file?.[kind] === undefined
    return lacking && isId(id) && fetched?.can(kind)
      ? listOf(fetched.ask({ kind, incidentId: id }))
      : listOf(given)
  }

  /** A note, and in the order of a thread the replies to it and to those. */
  function thread(note: unknown, withReplies: boolean, depth = 0): Fields[] {
    if (!isFields(note)) return []
    cleaner.spend(1)
    if (depth > deepestReply) throw new Error('there are too many notes to go through')
    const { children, ...rest } = note
    const replies = withReplies ? listOf(children).flatMap((child) => thread(child, true, depth + 1)) : []
    return [{ ...rest, text: noteText(note) }, ...replies]
  }

  return {
    get_incident_value: {
      parameters: ['incident', 'field_name'],
      call(incident, name) {
        if (typeof name !== 'string') throw new Error('get_incident_value needs the name of a field')
        if (!isFields(incident)) throw new Error('get_incident_value needs the incident')
        const definition = definitionOf(file, name)
        const value = readField(incident, name, definition)
        const { id } = incident
        const lacking = value === undefined && isId(id)
        const known =
          lacking && fetched?.can('field') ? fetched.ask({ kind: 'field', incidentId: id, name }) : value
        return readable(name, known, definition)
      },
    },
    get_value_as_string: {
      parameters: ['field_def', 'field_value'],
      call: (definition, value) => readable('', value, isFields(definition) ? definition : undefined),
    },
    get_action_field_value: {
      parameters: ['action_data', 'field_name'],
      call(action, name) {
        if (typeof name !== 'string') throw new Error('get_action_field_value needs the name of a field')
        const definition = own(file?.action?.fields, name)
        const value = own(own(action, 'properties'), name)
        return readable(name, value, isFields(definition) ? definition : undefined)
      },
    },
    get_artifacts: {
      parameters: ['artifacts'],
      call: (artifacts) => cleaner.data(listed('artifacts', own(artifacts, 'data'))),
    },
    get_notes: {
      parameters: ['notes', 'get_children'],
      call(notes, withReplies = true) {
        const roots = listed('notes', own(notes, 'root_comments')).filter((note) => !isOwnNote(note))
        return cleaner.data(roots.flatMap((note) => thread(note, withReplies === true)))
      },
    },
    ...tableFunctions({ file, fetched, cleaner, dateFormat, readable }),
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
    regex_replace: {
      parameters: ['string', 'pattern', 'replace'],
      call: (text, pattern, replacement) => cleaner.text(regexReplace(text, pattern, replacement)),
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
      call: (offset = 0) => Math.round(Date.now() / 1000 + numberOf(offset)),
    },
    get_list_from_string: {
      parameters: ['str_value'],
      call(value) {
        if (typeof value !== 'string') return Array.isArray(value) ? value : []
        return cleaner.data(
          [...new Set(value.split(/[,; ]/).map((item) => item.trim()))].filter((item) => item !== ''),
        )
      },
    },
  }
}

/** The note that the app adds to an incident after it sent a mail. */
function isOwnNote(note: unknown): boolean {
  return isFields(note) && noteText(note).toLowerCase().includes('email sent if mail server is valid')
}

function noteText(note: Fields): string {
  const text = isFields(note.text) ? note.text.content : note.text
  return typeof text === 'string' ? text : ''
}
