import { resolve } from 'node:path'
import { isId } from './data.js'
import type { IncidentSource } from './incident.js'
import { readIncident } from './read-incident.js'

/**
 * A source that is one incident file, read anew at every look-up.
 *
 * @throws `IncidentMailerError` at look-up: `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `INVALID_INCIDENT`
 * or `FORBIDDEN_PATH`.
 *
 * @example
 * ```ts
 * import { jsonFile } from 'incident-mailer'
 *
 * const source = jsonFile('./incidents/2139.json')
 * const found = await source.get(2139, {})
 * ```
 */
export function jsonFile(path: string): IncidentSource {
  return {
    name: `the file ${resolve(path)}`,
    async get(id, { signal }) {
      const file = await readIncident(path, signal)
      return String(file.incident.id) === String(id) ? file : null
    },
    async ids({ signal }) {
      const { id } = (await readIncident(path, signal)).incident
      return isId(id) ? [id] : []
    },
  }
}
