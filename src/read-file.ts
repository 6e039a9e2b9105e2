import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** How a file is read. */
export interface ReadFileOptions {
  /** The largest file to read, in octets. Default: any. */
  readonly largest?: number
  /** Whether a symbolic link is followed where the path ends in one. Default true. */
  readonly followLink?: boolean
  readonly signal?: AbortSignal | undefined
}

/**
 * Reads a file of a folder that others may write into. What is no regular file is not waited for: opening a
 * pipe that nobody writes into would never end, and no signal ends it.
 *
 * @throws the system's error; with the code `EFBIG` for a file that is too large, and `EINVAL` for a folder, a
 * pipe or a device
 */
export async function readRegularFile(path: string, options: ReadFileOptions = {}): Promise<Buffer> {
  const { largest = Number.POSITIVE_INFINITY, followLink = true, signal } = options
  signal?.throwIfAborted()
  const { file, size } = await openRegularFile(path, followLink)
  try {
    if (size > largest) {
      throw withCode('EFBIG', `it has ${size} octets; the most that are read are ${largest}`)
    }
    return await file.readFile({ signal })
  } finally {
    await file.close()
  }
}

/** Opens such a file, to be read piece by piece. */
export async function openRegularFile(
  path: string,
  followLink = true,
): Promise<{ file: FileHandle; size: number }> {
  const file = await open(path, constants.O_RDONLY | NO_WAIT | (followLink ? 0 : NO_FOLLOW))
  try {
    const status = await file.stat()
    if (!status.isFile()) throw withCode('EINVAL', 'it is not a regular file')
    return { file, size: status.size }
  } catch (thrown) {
    await file.close()
    throw thrown
  }
}

function withCode(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

// Windows has neither.
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0
const NO_WAIT = constants.O_NONBLOCK ?? 0
