import type { Cleaner } from './cleaner.js'
import { isFields, isId, listOf, own, textOr } from './data.js'
import { cellOf, columnsOf, isRichText, rowsOf } from './data-table.js'
import type { FetchedData } from './fetched-data.js'
import { definitionOf, fieldValue, readField } from './field-value.js'
import { escapeText, htmlTable } from './html-table.js'
import type { FieldDefinition, IncidentFile } from './incident.js'
import { checkConditions, queryIncidents } from './query.js'
import type { HelperFunction } from './template-helper.js'

interface Desk {
  readonly file: IncidentFile | null
  readonly fetched: FetchedData | undefined
  readonly dateFormat: string | undefined
  readonly cleaner: Cleaner
  /** A value as people read it, cleaned. */
  readonly readable: (name: string, value: unknown, definition: FieldDefinition | undefined) => string | null
}

/** What IBM's helper gives where there is no such table. Its templates know it for "nothing to see". */
const noTable = '-'

/** The functions of `template_helper` that hand out tables. */
export function tableFunctions(desk: Desk): Readonly<Record<string, HelperFunction>> {
  const { file, fetched, cleaner, dateFormat, readable } = desk

  function tableOf(incident: unknown, name: unknown): unknown {
    if (typeof name !== 'string') throw new Error('a data table is named by text')
    const ownId = file?.incident.id
    const id = isId(incident) ? incident : ownId
    const isOurs = ownId === undefined || String(id) === String(ownId)
    const ours = isOurs ? own(file?.tables, name) : undefined
    const lacking = ours === undefined && isId(id)
    const table =
      lacking && fetched?.can('datatable') ? fetched.ask({ kind: 'datatable', incidentId: id, name }) : ours
    cleaner.spend(1 + rowsOf(table).length)
    return table
  }

  /** Rich text cleaned, anything else escaped: a cell's value cannot leave its cell. */
  function cellHtml(name: string, value: unknown, definition: FieldDefinition | undefined): string {
    const text = fieldValue(name, value, definition, dateFormat) ?? ''
    if (isRichText(value, definition)) return cleaner.text(text)
    cleaner.spend(1 + text.length / 20)
    return escapeText(text)
  }

  return {
    get_datatable: {
      parameters: ['datatable_name', 'incident_id', 'html'],
      call(name, incident, html = true) {
        const table = tableOf(incident, name)
        if (!html) return cleaner.data(isFields(table) ? table : { text: name, columns: [], rows: [] })
        if (!isFields(table)) return noTable
        const columns = columnsOf(table)
        return htmlTable({
          caption: typeof table.text === 'string' ? table.text : null,
          headers: columns.map(({ text }) => text),
          rows: rowsOf(table).map((row) =>
            columns.map((column) => cellHtml(column.name, cellOf(row, column.name), column.definition)),
          ),
        })
      },
    },
    get_datatable_value_array: {
      parameters: ['inc_id', 'datatable_name', 'field_name'],
      call(incident, name, field) {
        const table = tableOf(incident, name)
        if (!isFields(table)) return noTable
        if (typeof field !== 'string') throw new Error('a column is named by text')
        const definition = columnsOf(table).find((column) => column.name === field)?.definition
        const values = rowsOf(table)
          .map((row) => readable(field, cellOf(row, field), definition))
          .filter((value) => value !== null)
        return [...new Set(values)].join(', ')
      },
    },
    get_query_result: {
      parameters: ['query_conditions', 'want_fields_list', 'exclude_incidents', 'html'],
      call(given, wanted, without, html = true) {
        const conditions = checkConditions(given)
        const fields = listOf(wanted).filter((name) => typeof name === 'string')
        if (fields.length === 0) throw new Error('get_query_result needs a list of field names')
        const exclude = (isId(without) ? [without] : listOf(without)).filter(isId)
        const found = fetched?.can('query')
          ? listOf(fetched.ask({ kind: 'query', conditions, fields, exclude }))
          : queryIncidents(file ? [file.incident] : [], conditions)
        cleaner.spend(found.length)
        const left = new Set(exclude.map(String))
        const incidents = found.filter(
          (incident) => isFields(incident) && !(isId(incident.id) && left.has(String(incident.id))),
        )
        const columns = fields.map((name) => ({ name, definition: definitionOf(file, name) }))
        if (!html) {
          return incidents.map((incident) =>
            Object.fromEntries(
              columns.map(({ name, definition }) => [
                name,
                readable(name, readField(incident, name, definition), definition),
              ]),
            ),
          )
        }
        return htmlTable({
          caption: null,
          headers: columns.map(({ name, definition }) => textOr(definition?.text, name)),
          rows: incidents.map((incident) =>
            columns.map(({ name, definition }) =>
              cellHtml(name, readField(incident, name, definition), definition),
            ),
          ),
        })
      },
    },
  }
}
