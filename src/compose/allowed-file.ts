import { realpath } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import { codeOf } from '../errors.js'
import { readRegularFile } from '../read-file.js'

/** What became of an attempt to read a file. */
export type FileOutcome =
  | { readonly content: Buffer }
  | { readonly problem: 'forbidden' | 'missing' | 'unreadable' | 'too large' }

/** Where a file may lie, and how much of it to take. */
export interface ReadOptions {
  /** The folders one of which it has to lie under, links followed. */
  readonly folders: readonly string[]
  /** The largest file to read, in octets. Default: any. */
  readonly largest?: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Reads a file that lies under one of the folders, with all links followed on both sides. What lies outside
 * is not even asked for, so that nobody learns whether it is there.
 */
export async function readAllowedFile(path: string, options: ReadOptions): Promise<FileOutcome> {
  const { folders, largest = Number.POSITIVE_INFINITY, signal } = options
  const allowed = await Promise.all(folders.map(realFolder))
  if (
    path.includes('\0') ||
    !isUnder(resolve(path), [...folders.map((folder) => resolve(folder)), ...allowed])
  )
    return { problem: 'forbidden' }
  try {
    const real = await realpath(path)
    if (!isUnder(real, allowed)) return { problem: 'forbidden' }
    // No link either that was put there in the meantime.
    return { content: await readRegularFile(real, { largest, followLink: false, signal }) }
  } catch (thrown) {
    if (signal?.aborted) throw thrown
    return { problem: problemOf(thrown) }
  }
}

function isUnder(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path.startsWith(folder.endsWith(sep) ? folder : folder + sep))
}

async function realFolder(folder: string): Promise<string> {
  return await realpath(folder).catch(() => resolve(folder))
}

function problemOf(thrown: unknown): 'missing' | 'too large' | 'unreadable' {
  const code = codeOf(thrown)
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'missing'
  return code === 'EFBIG' ? 'too large' : 'unreadable'
}
