import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { IncidentMailerError, messageOf } from '../../errors.js'
import { throwIfAborted } from '../../pipeline.js'
import { quoted } from '../../quoted.js'
import { bytesOf } from './bytes.js'
import { fileBytes } from './file-bytes.js'
import type { Workspace } from './workspace.js'

/** A workspace whose files go with it. */
export interface DiskWorkspace extends Workspace {
  /** Gives back the room that its files take. */
  close(): Promise<void>
}

/** How a workspace uses the disk. */
export interface DiskOptions {
  /** Where its files lie. */
  readonly folder: string
  /** Octets that are rather kept in memory. Default 1 MB. */
  readonly mostInMemory?: number
  readonly signal?: AbortSignal | undefined
}

/**
 * A workspace for messages of any size. Its files have no name for longer than a moment, so that nobody else opens
 * them and nothing is left of them, however this process ends.
 */
export function diskWorkspace({ folder, mostInMemory = 1024 * 1024, signal }: DiskOptions): DiskWorkspace {
  const files: FileHandle[] = []
  return {
    async keep(chunks) {
      const few: Buffer[] = []
      let size = 0
      let file: FileHandle | null = null
      for await (const chunk of chunks) {
        throwIfAborted(signal)
        size += chunk.length
        if (!file && size > mostInMemory) {
          file = await unlessFull(folder, () => namelessFile(folder))
          files.push(file)
        }
        few.push(chunk)
        if (file) for (const octets of few.splice(0)) await write(file, folder, octets)
      }
      return file ? fileBytes(file, size, signal) : bytesOf(Buffer.concat(few))
    },
    async close() {
      await Promise.all(files.splice(0).map((file) => file.close()))
    },
  }
}

async function write(file: FileHandle, folder: string, octets: Buffer): Promise<void> {
  await unlessFull(folder, () => file.appendFile(octets))
}

/** A file that nobody else can open: it has no name any more. */
async function namelessFile(folder: string): Promise<FileHandle> {
  const path = join(folder, `${randomUUID()}.tmp`)
  const file = await open(path, 'wx+', 0o600)
  try {
    await rm(path)
    return file
  } catch (thrown) {
    await file.close()
    throw thrown
  }
}

async function unlessFull<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new IncidentMailerError(
      'FILE_UNWRITABLE',
      `what is read of the message cannot be kept in ${quoted(folder, 512)}: ${messageOf(cause)}`,
      { cause },
    )
  }
}
