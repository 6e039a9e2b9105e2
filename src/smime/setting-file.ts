import { readFile } from 'node:fs/promises'
import { IncidentMailerError, messageOf } from '../errors.js'
import { abortError } from '../pipeline.js'

/** Quotes a name for a message: control characters made visible, and not too long to read. */
export function quoted(text: string): string {
  const visible = JSON.stringify(text)
  return visible.length > 120 ? `${visible.slice(0, 119)}…"` : visible
}

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
  return thrown instanceof Error &&
    'code' in thrown &&
    (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR')
    ? new IncidentMailerError('FILE_NOT_FOUND', `${field}: there is no ${quoted(path)}; correct the path`, {
        field,
        cause: thrown,
      })
    : new IncidentMailerError(
        'FILE_UNREADABLE',
        `${field}: ${quoted(path)} cannot be read: ${messageOf(thrown)}`,
        { field, cause: thrown },
      )
}
