import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'

/** How a file is replaced. */
export interface ReplaceFileOptions {
  /** Replace what a symbolic link leads to, rather than the link. Default true. */
  readonly followLink?: boolean
}

/** What goes into a file: all of it, or piece by piece. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>

/**
 * Puts new content in a file's place at once: whoever reads it sees the old or the new, and a crash leaves one of
 * them. Nobody but the owner may read it.
 *
 * @throws the system's error
 */
export async function replaceFile(
  path: string,
  content: FileContent,
  { followLink = true }: ReplaceFileOptions = {},
): Promise<void> {
  const target = followLink ? await realpath(path).catch(() => path) : path
  const temporary = `${target}.${randomUUID()}.tmp`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await writeFile(file, content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, target)
  } catch (thrown) {
    await rm(temporary, { force: true })
    throw thrown
  }
}

/**
 * Puts a new file in the place of what is there, also of a link: what it leads to is not ours. A device or pipe
 * is written into.
 */
export async function writePrivately(path: string, content: FileContent): Promise<void> {
  const present = await stat(path).catch(() => null)
  if (present && !present.isFile()) return await writeFile(path, content, { flag: constants.O_WRONLY })
  await replaceFile(path, content, { followLink: false })
}
