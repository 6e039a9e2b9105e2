import { realpath } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import { codeOf, IncidentMailerError, messageOf } from '../errors.js'
import { quoted } from '../quoted.js'
import { readRegularFile } from '../read-file.js'
import { checkIncidentFile } from './check-incident.js'
import type { IncidentAttachment, IncidentFile } from './incident.js'

/** No incident comes near: its attachments lie beside it. */
const largest = 64 * 1024 * 1024

/**
 * Reads an incident file. Paths in its attachments come back absolute, with their symbolic links followed,
 * and under the file's own folder.
 */
export async function readIncident(path: string, signal: AbortSignal | undefined): Promise<IncidentFile> {
  const file = resolve(path)
  const bytes = await readRegularFile(file, { largest, signal }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause
    throw unreadable(file, cause)
  })
  const content = checkIncidentFile(parse(bytes.toString('utf8'), file), file)
  const folder = await realpath(dirname(file))
  const attachments =
    content.attachments &&
    (await Promise.all(content.attachments.map((each) => inFolder(each, folder, file))))
  return { ...content, ...(attachments && { attachments }), folder }
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    throw new IncidentMailerError('INVALID_INCIDENT', `${file} is not JSON: ${messageOf(cause)}`, {
      field: 'incident',
      cause,
    })
  }
}

async function inFolder(
  attachment: IncidentAttachment,
  folder: string,
  file: string,
): Promise<IncidentAttachment> {
  if (attachment.path === undefined) return attachment
  const wanted = resolve(folder, attachment.path)
  // A file that is not there is a warning of the compose stage, but may not be asked for elsewhere either.
  const path = await realpath(wanted).catch(() => wanted)
  if (path.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return { ...attachment, path }
  throw new IncidentMailerError(
    'FORBIDDEN_PATH',
    `${file}: attachment ${quoted(attachment.name)} leads to a file outside of the incident file's folder`,
    { field: 'incident' },
  )
}

/** The error for a file that cannot be opened. */
export function unreadable(file: string, cause: unknown): IncidentMailerError {
  const missing = ['ENOENT', 'ENOTDIR'].includes(codeOf(cause))
  return missing
    ? new IncidentMailerError('FILE_NOT_FOUND', `the incident file ${file} does not exist`, {
        field: 'incidents',
        cause,
      })
    : new IncidentMailerError(
        'FILE_UNREADABLE',
        `the incident file ${file} cannot be read: ${messageOf(cause)}`,
        {
          field: 'incidents',
          cause,
        },
      )
}
