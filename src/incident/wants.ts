import { isFields, isId } from './data.js'
import type { IncidentWant } from './incident.js'
import { checkConditions } from './query.js'

/** Things to fetch for one mail. A loop in a template could ask for as many as it likes. */
export const mostWants = 1000

/** All there is to want. */
export const wantKinds: readonly IncidentWant['kind'][] = [
  'field',
  'artifacts',
  'notes',
  'datatable',
  'query',
]

/** Things to fetch as another process names them: null where they are not what ours would ask for. */
export function checkWants(wants: unknown): readonly IncidentWant[] | null {
  if (!Array.isArray(wants) || wants.length === 0 || wants.length > mostWants) return null
  const checked = wants.map(checkWant)
  return checked.every((want) => want !== null) ? checked : null
}

function checkWant(want: unknown): IncidentWant | null {
  if (!isFields(want)) return null
  const { kind, incidentId, name, conditions, fields, exclude } = want
  if (kind === 'query') {
    if (!isList(fields, isText) || !isList(exclude, isId)) return null
    try {
      return { kind, conditions: checkConditions(conditions), fields, exclude }
    } catch {
      return null
    }
  }
  if (!isId(incidentId)) return null
  if (kind === 'artifacts' || kind === 'notes') return { kind, incidentId }
  if ((kind === 'field' || kind === 'datatable') && isText(name)) return { kind, incidentId, name }
  return null
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isList<T>(value: unknown, isItem: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every(isItem)
}
