import type { IncidentFile } from '../../incident/incident.js'
import type { Finding } from './finding.js'

/** An incident whose texts each end in a tag of their own, and where each stands. */
export interface MarkedIncident {
  readonly incident: IncidentFile
  readonly paths: readonly string[]
}

/**
 * Puts a harmless tag behind every text of an incident. One that comes out of a template as a tag was printed with
 * its markup, which attackers may have written. What is no prose is left alone: templates compare it.
 */
export function markIncident(file: IncidentFile): MarkedIncident {
  const paths: string[] = []
  const mark = (value: unknown, path: string): unknown => {
    if (typeof value === 'string') {
      if (!/[\s<]/.test(value) && !/\.(?:value|description|text)$/.test(path)) return value
      paths.push(path)
      return `${value}<${TAG}${paths.length - 1}>`
    }
    if (Array.isArray(value)) return value.map((item, index) => mark(item, `${path}[${index}]`))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mark(item, `${path}.${key}`)]))
  }
  const { incident, artifacts, notes, folder: _, ...rest } = file
  const marked = {
    ...rest,
    incident: mark(incident, 'incident') as IncidentFile['incident'],
    ...(artifacts && { artifacts: mark(artifacts, 'artifacts') as IncidentFile['artifacts'] }),
    ...(notes && { notes: mark(notes, 'notes') as IncidentFile['notes'] }),
  }
  return { incident: marked, paths }
}

/** The fields whose tag came out as one. */
export function unescapedFindings(html: string, paths: readonly string[]): Finding[] {
  const found = new Set([...html.matchAll(MARK)].map(([, index]) => paths[Number(index)]))
  return [...found].flatMap((path) => {
    const message = `${path} is printed with its markup, which attackers may have written; print it without | safe, or take it from template_helper, which cleans it`
    return path === undefined
      ? []
      : [{ code: 'UNESCAPED_FIELD' as const, level: 'warning' as const, message }]
  })
}

const TAG = 'x-preview-mark-'
const MARK = /<x-preview-mark-(\d+)/g
