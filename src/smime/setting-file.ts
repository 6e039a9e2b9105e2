import { readFile } from 'node:fs/promises'
import { codeOf, IncidentMailerError, messageOf } from '../errors.js'
import { abortError } from '../pipeline.js'
import { quoted } from '../quoted.js'

/** No path in use is longer, and no private key in base64 is shorter. */
const longestPath = 512

/** Reads a file that a setting names; what goes wrong is said of that setting. */
export async function readSettingFile(path: string, field: string, signal?: AbortSignal): Promise<Buffer> {
  if (path.length > longestPath || /[\r\n\0]/.test(path)) {
    // Perhaps a key without its BEGIN line, which no message may repeat.
    throw new IncidentMailerError('FILE_NOT_FOUND', `${field} is not the path of a file; correct it`, {
      field,
    })
  }
  try {
    return await readFile(path, { signal })
  } catch (thrown) {
    if (signal?.aborted) throw abortError(signal)
    throw fileError(thrown, path, field)
  }
}

/** What to say of a file or folder that could not be read. */
export function fileError(thrown: unknown, path: string, field: string): IncidentMailerError {
  return ['ENOENT', 'ENOTDIR'].includes(codeOf(thrown))
    ? new IncidentMailerError(
        'FILE_NOT_FOUND',
        `${field}: there is no ${quoted(path, longestPath)}; correct the path`,
        {
          field,
          cause: thrown,
        },
      )
    : new IncidentMailerError(
        'FILE_UNREADABLE',
        `${field}: ${quoted(path, longestPath)} cannot be read: ${messageOf(thrown)}`,
        { field, cause: thrown },
      )
}
