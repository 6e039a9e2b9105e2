import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { IncidentMailerError } from '../errors.js'
import { isId, own } from './data.js'
import type { IncidentFile, IncidentSource, IncidentWant } from './incident.js'
import { queryIncidents } from './query.js'
import { readIncident, unreadable } from './read-incident.js'

/**
 * A source that is a folder of incident files: `2139.json`, or whichever file holds an incident of that id.
 * Templates can ask it for other incidents of the folder, and for their tables.
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

  const get: IncidentSource['get'] = async (id, { signal }) => {
    // The id may come from anyone. It is only ever compared with names that the folder has: no path is
    // made of it, so none can lead elsewhere.
    const names = await list(folder)
    const named = `${id}.json`
    if (names.includes(named)) {
      const file = await readIncident(join(folder, named), signal)
      if (matches(file, id)) return file
    }
    const others = names.filter((name) => name !== named)
    for await (const file of readable(folder, others, signal)) {
      if (String(file.incident.id) === String(id)) return file
    }
    return null
  }

  const answer = async (want: IncidentWant, context: { signal?: AbortSignal }) => {
    if (want.kind === 'datatable') return own((await get(want.incidentId, context))?.tables, want.name)
    if (want.kind !== 'query') return null
    const incidents = []
    for await (const { incident } of readable(folder, await list(folder), context.signal)) {
      incidents.push(incident)
    }
    return queryIncidents(incidents, want.conditions)
  }

  return {
    name: `the folder ${folder}`,
    get,
    async ids({ signal }) {
      const ids = []
      for await (const { incident } of readable(folder, await list(folder), signal))
        if (isId(incident.id)) ids.push(incident.id)
      return ids
    },
    fetches: ['datatable', 'query'],
    async fetch(wants, context) {
      const answers: unknown[] = []
      for (const want of wants) answers.push(await answer(want, context))
      return answers
    },
  }
}

/** The files that are incidents. Another one's broken file is no reason to leave them untold. */
async function* readable(
  folder: string,
  names: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<IncidentFile> {
  for (const name of names) {
    try {
      yield await readIncident(join(folder, name), signal)
    } catch (thrown) {
      if (!(thrown instanceof IncidentMailerError)) throw thrown
    }
  }
}

/** A file that is named after the id holds that incident, unless it says another id. */
function matches(file: IncidentFile, id: string | number): boolean {
  return file.incident.id === undefined || String(file.incident.id) === String(id)
}

async function list(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()
  } catch (cause) {
    throw unreadable(folder, cause)
  }
}
