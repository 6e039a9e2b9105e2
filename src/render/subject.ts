import { IncidentMailerError } from '../errors.js'
import type { Incident, IncidentFile } from '../incident/incident.js'
import type { FoundTemplate } from './find-template.js'
import { oneLine } from './one-line.js'
import type { TemplateRenderer } from './render-content.js'
import type { WordsRequest } from './words-request.js'

/**
 * The subject, as one line: the request's, a template too; else the template's own; else the incident's
 * number and name.
 */
export function renderSubject(
  request: WordsRequest,
  found: FoundTemplate | null,
  incident: IncidentFile | null,
  renderer: Pick<TemplateRenderer, 'line'>,
): string {
  const { subject } = request
  if (subject !== undefined && subject !== null && subject !== '') {
    if (/[\r\n]/.test(subject)) {
      throw new IncidentMailerError('HEADER_INJECTION', 'subject has a line break; write it in one line', {
        field: 'subject',
      })
    }
    return oneLine(renderer.line({ source: subject }, 'subject'))
  }
  if (found?.subject) return oneLine(renderer.line(found.subject, 'template'))
  const line = headerSubject(request) ?? defaultSubject(incident?.incident)
  if (line !== null) return oneLine(line)
  throw new IncidentMailerError(
    'INVALID_REQUEST',
    'the mail has no subject, and no incident with an id or a name to make one of; give "subject"',
    { field: 'subject' },
  )
}

/** `headers` may hold the subject, which `compose` lets win. */
function headerSubject({ headers }: WordsRequest): string | null {
  return Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'subject')?.[1] ?? null
}

/** `[{{ incident.id }}] {{ incident.name }}`, of which either may be missing. */
function defaultSubject(incident: Incident | undefined): string | null {
  const { id, name } = incident ?? {}
  const parts = [id === undefined || id === null ? '' : `[${id}]`, typeof name === 'string' ? name : '']
  return parts.filter((part) => part !== '').join(' ') || null
}
