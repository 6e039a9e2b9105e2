import { suggestion } from '../nearest.js'
import { quoted } from '../quoted.js'
import { isFields, listOf, own } from './data.js'
import type { Incident, QueryCondition, QueryMethod, QueryValue } from './incident.js'

/**
 * How each method compares the values that a field has with the one that is wanted. A field that is a list
 * has several, and so has a choice: its number and its name.
 */
const methods: Readonly<Record<QueryMethod, (values: readonly Scalar[], wanted: unknown) => boolean>> = {
  equals: has,
  not_equals: (values, wanted) => !has(values, wanted),
  in: (values, wanted) => listOf(wanted).some((each) => has(values, each)),
  not_in: (values, wanted) => !listOf(wanted).some((each) => has(values, each)),
  gt: (values, wanted) => values.some((value) => order(value, wanted) > 0),
  gte: (values, wanted) => values.some((value) => order(value, wanted) >= 0),
  lt: (values, wanted) => values.some((value) => order(value, wanted) < 0),
  lte: (values, wanted) => values.some((value) => order(value, wanted) <= 0),
  contains,
  not_contains: (values, wanted) => !contains(values, wanted),
  has_a_value: (values) => values.length > 0,
  not_has_a_value: (values) => values.length === 0,
}

type Scalar = string | number | boolean

/** The incidents of which all conditions hold, the newest first. */
export function queryIncidents(
  incidents: readonly Incident[],
  conditions: readonly QueryCondition[],
): readonly Incident[] {
  return incidents
    .filter((incident) => conditions.every((condition) => holds(incident, condition)))
    .sort((first, second) => createDate(second) - createDate(first))
}

/** What a template gave as conditions, or an error that says what is wrong with them. */
export function checkConditions(given: unknown): QueryCondition[] {
  if (!Array.isArray(given)) throw new Error('get_query_result needs a list of conditions')
  return given.map((condition: unknown, index) => {
    const [name, method, value = null] = ['field_name', 'method', 'value'].map((key) => own(condition, key))
    if (typeof name !== 'string' || typeof method !== 'string') {
      throw new Error(`condition ${index + 1} of get_query_result needs "field_name" and "method"`)
    }
    if (!isMethod(method)) {
      const hint = suggestion(method, Object.keys(methods))
      throw new Error(`get_query_result knows no method ${quoted(method)}; ${hint}`)
    }
    return { field_name: name, method, value: checkValue(value, name, method) }
  })
}

function checkValue(value: unknown, name: string, method: QueryMethod): QueryCondition['value'] {
  const list = method === 'in' || method === 'not_in'
  if (!list && isValue(value)) return value
  if (list && Array.isArray(value) && value.every(isValue)) return value
  const kind = list ? 'a list of texts, numbers and the like' : 'text, a number, true, false or none'
  throw new Error(`get_query_result compares ${quoted(name)} by ${method} with ${kind}`)
}

function isMethod(method: string): method is QueryMethod {
  return Object.hasOwn(methods, method)
}

function isValue(value: unknown): value is QueryValue {
  return value === null || isScalar(value)
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function holds(incident: Incident, { field_name: name, method, value }: QueryCondition): boolean {
  const custom = name.startsWith('properties.') ? name.slice('properties.'.length) : name
  const found =
    (custom === name ? own(incident, name) : undefined) ?? own(own(incident, 'properties'), custom)
  return methods[method](scalars(found), value)
}

/** What a field can be found by. Empty text is no value. */
function scalars(value: unknown): Scalar[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value]
  return items
    .flatMap((item) => (isFields(item) ? choiceKeys.map((key) => own(item, key)) : [item]))
    .filter(isGiven)
}

/** What a choice is known by, or rich text says. */
const choiceKeys = ['id', 'value', 'name', 'label', 'content']

function isGiven(value: unknown): value is Scalar {
  return isScalar(value) && value !== ''
}

function has(values: readonly Scalar[], wanted: unknown): boolean {
  if (wanted === null || wanted === '') return values.length === 0
  return values.some((value) => String(value) === String(wanted))
}

function contains(values: readonly Scalar[], wanted: unknown): boolean {
  const text = String(wanted).toLowerCase()
  return values.some((value) => String(value).toLowerCase().includes(text))
}

/** Numbers among numbers, texts among texts, dates in ISO 8601 among them; else nothing is before the other. */
function order(value: Scalar, wanted: unknown): number {
  if (typeof value === 'number' && typeof wanted === 'number') return value - wanted
  if (typeof value !== 'string' || typeof wanted !== 'string') return Number.NaN
  return value < wanted ? -1 : Number(value > wanted)
}

function createDate(incident: Incident): number {
  const date = incident.create_date
  return typeof date === 'number' ? date : 0
}
