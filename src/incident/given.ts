import { IncidentMailerError } from '../errors.js'
import type { MailRequest } from '../mail.js'
import { nearest } from '../nearest.js'
import { throwIfAborted } from '../pipeline.js'
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
  const what = [`incident ${quoted(id)}`]
  const context = signal ? { signal } : {}
  const found = await fromSource(what, signal, () => source.get(id, context))
  if (found) return found
  // They only help whoever made a slip: without them, the incident is unknown all the same.
  const ids = await fromSource<unknown>(what, signal, async () => source.ids?.(context)).catch(() =>
    throwIfAborted(signal),
  )
  const message = `${source.name ?? 'the incident source'} has no incident ${quoted(id)}${hint(id, ids)}`
  throw new IncidentMailerError('UNKNOWN_INCIDENT', message, { field: 'incident' })
}

function hint(id: IncidentId, ids: unknown): string {
  if (!Array.isArray(ids)) return ''
  const meant = nearest(String(id), ids.map(String))
  if (meant !== undefined) return `; did you mean ${quoted(meant)}?`
  if (ids.length === 0) return '; there is none in it'
  const more = ids.length > SHOWN ? `, and ${ids.length - SHOWN} more` : ''
  return `; there are ${ids
    .slice(0, SHOWN)
    .map((each) => quoted(each))
    .join(', ')}${more}`
}

/** How many ids an error names. */
const SHOWN = 5
