import { readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { IncidentMailerError } from '../errors.js'
import type { IncidentSource } from '../incident/incident.js'
import { jsonFile } from '../incident/json-file.js'
import { jsonFolder } from '../incident/json-folder.js'
import { readIncident } from '../incident/read-incident.js'
import { packageFolder } from '../package-folder.js'

/** An incident to choose. */
export interface ListedIncident {
  /** How a choice names it: `own/2139.json`, `example/2139.json`. */
  readonly key: string
  /** Its own name, or that of its file where it cannot be read. */
  readonly name: string
  /** Whose it is: the user's, or one that comes with the package. */
  readonly set: 'own' | 'example'
  readonly file: string
}

/** The incidents of one folder or file. */
export interface IncidentSet {
  readonly source: IncidentSource
  list(): Promise<ListedIncident[]>
}

/** The incidents that come with the package. */
export const exampleFolder = join(packageFolder, 'examples/incidents')

/** The incidents of a folder, or the one of a file; found by their key as well as by their id. */
export async function incidentSet(set: ListedIncident['set'], path: string): Promise<IncidentSet> {
  const place = resolve(path)
  const isFolder = await stat(place).then(
    (status) => status.isDirectory(),
    () => false,
  )
  const source = isFolder ? jsonFolder(place) : jsonFile(place)
  const files = async () => {
    if (!isFolder) return [place]
    const names = (await readdir(place)).filter((name) => name.endsWith('.json')).sort()
    return names.slice(0, MOST).map((name) => join(place, name))
  }
  const keyOf = (file: string) => `${set}/${basename(file)}`
  return {
    source: {
      ...source,
      async get(id, context) {
        const file = (await files()).find((each) => keyOf(each) === id)
        return file === undefined ? await source.get(id, context) : await readIncident(file, context.signal)
      },
    },
    list: async () =>
      await Promise.all(
        (await files()).map(async (file) => ({ key: keyOf(file), name: await nameOf(file), set, file })),
      ),
  }
}

async function nameOf(file: string): Promise<string> {
  try {
    const { incident } = await readIncident(file, undefined)
    const words = [incident.id, incident.name].filter((word) => word !== undefined && word !== null)
    return words.length === 0 ? basename(file) : words.join(' · ')
  } catch (thrown) {
    if (!(thrown instanceof IncidentMailerError)) throw thrown
    return basename(file)
  }
}

/** Nobody looks through more in a list; the rest can be pasted or named. */
const MOST = 500
