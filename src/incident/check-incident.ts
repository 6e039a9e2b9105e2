import { IncidentMailerError } from '../errors.js'
import type { IncidentFile } from './incident.js'

/** What a value has to be, in the words of a message. */
type Kind = 'an object' | 'a list of objects' | 'an object of objects' | 'text'

const members: Readonly<Record<string, Kind>> = {
  incident: 'an object',
  artifacts: 'a list of objects',
  notes: 'a list of objects',
  tasks: 'a list of objects',
  attachments: 'a list of objects',
  tables: 'an object of objects',
  fields: 'an object of objects',
  links: 'an object',
  action: 'an object',
}

/**
 * The value as an incident file, or an error that says which member is wrong. `origin` names the file, or
 * the request's field.
 */
export function checkIncidentFile(value: unknown, origin: string): IncidentFile {
  if (!isObject(value)) throw invalid(origin, 'it has to be one JSON object')
  if (!isObject(value.incident))
    throw invalid(origin, 'it needs "incident", an object with the fields of the incident')
  for (const [name, kind] of Object.entries(members)) {
    const member = value[name]
    if (member !== undefined && !is(kind, member)) throw invalid(origin, `"${name}" has to be ${kind}`)
  }
  const { id } = value.incident
  if (id !== undefined && id !== null && typeof id !== 'string' && typeof id !== 'number') {
    throw invalid(origin, '"incident.id" has to be a number or text')
  }
  if (isObject(value.links) && typeof value.links.baseUrl !== 'string') {
    throw invalid(origin, '"links.baseUrl" has to be text, such as "https://soar.example.com:443"')
  }
  const attachments: readonly unknown[] = Array.isArray(value.attachments) ? value.attachments : []
  attachments.forEach((attachment, index) => {
    checkAttachment(attachment, `attachments[${index}]`, origin)
  })
  return value as object as IncidentFile
}

function checkAttachment(attachment: unknown, place: string, origin: string): void {
  if (!isObject(attachment)) throw invalid(origin, `"${place}" has to be an object`)
  const { name, path, content, contentType } = attachment
  if (typeof name !== 'string' || name === '') throw invalid(origin, `"${place}.name" has to be text`)
  for (const [key, value] of Object.entries({ path, content, contentType })) {
    if (value !== undefined && typeof value !== 'string')
      throw invalid(origin, `"${place}.${key}" has to be text`)
  }
  if ((path === undefined) === (content === undefined)) {
    throw invalid(origin, `"${place}" needs either "path" or "content"`)
  }
  if (path?.toString().includes('\0')) throw invalid(origin, `"${place}.path" has a NUL character`)
}

function is(kind: Kind, value: unknown): boolean {
  switch (kind) {
    case 'an object':
      return isObject(value)
    case 'a list of objects':
      return Array.isArray(value) && value.every(isObject)
    case 'an object of objects':
      return isObject(value) && Object.values(value).every(isObject)
    case 'text':
      return typeof value === 'string'
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(origin: string, problem: string): IncidentMailerError {
  return new IncidentMailerError('INVALID_INCIDENT', `${origin} is not an incident: ${problem}`, {
    field: 'incident',
  })
}
