import { randomUUID } from 'node:crypto'
import { open, realpath, rename, rm } from 'node:fs/promises'

/** How a file is replaced. */
export interface ReplaceFileOptions {
  /** Replace what a symbolic link leads to, rather than the link. Default true. */
  readonly followLink?: boolean
}

/**
 * Puts new content in a file's place at once: whoever reads it sees the old or the new, and a crash leaves one of
 * them. Nobody but the owner may read it.
 *
 * @throws the system's error
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  { followLink = true }: ReplaceFileOptions = {},
): Promise<void> {
  const target = followLink ? await realpath(path).catch(() => path) : path
  const temporary = `${target}.${randomUUID()}.tmp`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(content)
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
