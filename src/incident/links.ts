import type { IncidentLinks } from './incident.js'

/** Where people look at an incident: `https://soar.example.com:443/#incidents/2139?orgId=201`. */
export function incidentUrl(links: IncidentLinks | undefined, id: unknown): string {
  const { base, parameters } = parts(links)
  return `${base}#incidents/${encode(id)}${query(parameters)}`
}

/** Where people look at a task: the incident's address with `taskId=994&tabName=details`. */
export function taskUrl(links: IncidentLinks | undefined, incidentId: unknown, taskId: unknown): string {
  const { base, parameters } = parts(links)
  return `${base}#incidents/${encode(incidentId)}${query([...parameters, `taskId=${encode(taskId)}`, 'tabName=details'])}`
}

function parts(links: IncidentLinks | undefined) {
  if (!links?.baseUrl) {
    throw new Error('the incident has no links.baseUrl, which a link needs; add it to the incident file')
  }
  if (!/^https?:\/\//i.test(links.baseUrl))
    throw new Error('links.baseUrl has to begin with https:// or http://')
  // Letter for letter: `new URL` would drop the port 443.
  const base = links.baseUrl.endsWith('/') ? links.baseUrl : `${links.baseUrl}/`
  return { base, parameters: links.orgId === undefined ? [] : [`orgId=${encode(links.orgId)}`] }
}

function query(parameters: readonly string[]): string {
  return parameters.length > 0 ? `?${parameters.join('&')}` : ''
}

function encode(id: unknown): string {
  if (typeof id !== 'string' && typeof id !== 'number')
    throw new Error('a link needs an id, a number or text')
  return encodeURIComponent(String(id).replace(/\p{Surrogate}/gu, '\uFFFD'))
}
