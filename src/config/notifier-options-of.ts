import { stat } from 'node:fs/promises'
import { IncidentMailerError, messageOf } from '../errors.js'
import type { IncidentSource } from '../incident/incident.js'
import { jsonFile } from '../incident/json-file.js'
import { jsonFolder } from '../incident/json-folder.js'
import type { NotifierOptions } from '../notifier/notifier-options.js'
import type { ReadSettings } from './read-settings.js'

/** The notifier's options that settings ask for. */
export async function notifierOptionsOf({ config }: ReadSettings): Promise<NotifierOptions> {
  const { incidents, ...settings } = config
  return { ...settings, ...(incidents !== undefined && { incidents: await incidentSource(incidents) }) }
}

/** A file holds one incident, a folder many. */
async function incidentSource(path: string): Promise<IncidentSource> {
  try {
    return (await stat(path)).isDirectory() ? jsonFolder(path) : jsonFile(path)
  } catch (cause) {
    throw new IncidentMailerError('FILE_NOT_FOUND', `incidents: cannot open ${path}: ${messageOf(cause)}`, {
      stage: 'config',
      field: 'incidents',
      cause,
    })
  }
}
