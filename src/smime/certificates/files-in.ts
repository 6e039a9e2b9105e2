import { readdir, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileError } from '../setting-file.js'

/**
 * The files of a folder that a setting names, by their endings in lower case; null where it names a file itself.
 *
 * @throws IncidentMailerError `FILE_NOT_FOUND`, `FILE_UNREADABLE`
 */
export async function filesIn(
  path: string,
  endings: readonly string[],
  field: string,
): Promise<string[] | null> {
  try {
    if (!(await stat(path)).isDirectory()) return null
    const names = await readdir(path)
    return names
      .filter((name) => endings.includes(extname(name).toLowerCase()))
      .map((name) => join(path, name))
  } catch (thrown) {
    throw fileError(thrown, path, field)
  }
}
