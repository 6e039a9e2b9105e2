import { IncidentMailerError } from '../errors.js'
import type { MailRequest } from '../mail.js'
import { quoted } from '../quoted.js'
import { checkIncidentFile } from './check-incident.js'
import { fromSource } from './fetched-data.js'
import type { IncidentFile, IncidentId, IncidentSource } from './incident.js'

/**
 * The incident that a request means: looked up by its id, or the object it brings along, which is an
 * incident file's content or the incident's fields alone. Null where it means none.
 */
export async function givenIncident(
  incident: MailRequest['incident'],
  source: IncidentSource | undefined,
  signal: AbortSignal | undefined,
): Promise<IncidentFile | null> {
  if (incident === undefined || incident === null) return null
  if (typeof incident === 'string' || typeof incident === 'number')
    return await lookUp(incident, source, signal)
  const whole = 'incident' in incident && typeof incident.incident === 'object' ? incident : { incident }
  // Only a source may say which folder files can be taken from.
  const { folder: _, ...file } = checkIncidentFile(whole, "the request's incident")
  return file
}

async function lookUp(
  id: IncidentId,
  source: IncidentSource | undefined,
  signal: AbortSignal | undefined,
): Promise<IncidentFile> {
  if (!source) {
    throw new IncidentMailerError(
      'UNKNOWN_INCIDENT',
      `incident ${quoted(id)} cannot be looked up: no incident source is configured; set "incidents", or give the incident itself`,
      { field: 'incident' },
    )
  }
  const found = await fromSource([`incident ${quoted(id)}`], signal, () =>
    source.get(id, signal ? { signal } : {}),
  )
  if (found) return found
  throw new IncidentMailerError('UNKNOWN_INCIDENT', `the incident source has no incident ${quoted(id)}`, {
    field: 'incident',
  })
}
