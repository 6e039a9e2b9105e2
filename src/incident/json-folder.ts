import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { IncidentMailerError } from '../errors.js'
import type { IncidentFile, IncidentSource } from './incident.js'
import { readIncident, unreadable } from './read-incident.js'

/**
 * A source that is a folder of incident files: `2139.json`, or whichever file holds an incident of that id.
 *
 * @throws {@link IncidentMailerError} at look-up: `FILE_NOT_FOUND` where the folder is missing,
 * `FILE_UNREADABLE`, `INVALID_INCIDENT` or `FORBIDDEN_PATH`.
 *
 * @example
 * ```ts
 * import { jsonFolder } from 'incident-mailer'
 *
 * const source = jsonFolder('./incidents')
 * const found = await source.get(2139, {})
 * ```
 */
export function jsonFolder(path: string): IncidentSource {
  const folder = resolve(path)
  return {
    async get(id, { signal }) {
      // The id may come from anyone. It is only ever compared with names that the folder has: no path is
      // made of it, so none can lead elsewhere.
      const names = (await list(folder)).filter((name) => name.endsWith('.json'))
      const named = `${id}.json`
      if (names.includes(named)) {
        const file = await readIncident(join(folder, named), signal)
        if (matches(file, id)) return file
      }
      return await search(
        folder,
        names.filter((name) => name !== named),
        id,
        signal,
      )
    },
  }
}

async function search(
  folder: string,
  names: readonly string[],
  id: string | number,
  signal: AbortSignal | undefined,
): Promise<IncidentFile | null> {
  for (const name of names) {
    // Another incident's broken file is no reason to leave this one untold.
    const file = await readIncident(join(folder, name), signal).catch((thrown: unknown) => {
      if (thrown instanceof IncidentMailerError) return null
      throw thrown
    })
    if (file && String(file.incident.id) === String(id)) return file
  }
  return null
}

/** A file that is named after the id holds that incident, unless it says another id. */
function matches(file: IncidentFile, id: string | number): boolean {
  return file.incident.id === undefined || String(file.incident.id) === String(id)
}

async function list(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (cause) {
    throw unreadable(folder, cause)
  }
}
