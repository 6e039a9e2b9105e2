import { stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { codeOf, IncidentMailerError, messageOf } from '../../errors.js'
import { quoted } from '../../quoted.js'
import { openRegularFile } from '../../read-file.js'
import { writePrivately } from '../../replace-file.js'
import type { Bytes } from '../encoding/bytes.js'
import { diskWorkspace } from '../encoding/disk-workspace.js'
import { fileBytes } from '../encoding/file-bytes.js'
import type { Workspace } from '../encoding/workspace.js'
import { type ReadMessage, readMessage } from './read-message.js'
import type { ReadingBasis } from './reading-options.js'

/** A message that may be too large for the memory: the path of its file, or its octets as they come. */
export type MessageSource = string | AsyncIterable<Uint8Array>

/** How such a message is read. */
export interface FromDiskOptions {
  /** The file to be written in the end: what is needed on the way lies beside it. Default: no file. */
  readonly out?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Reads a message of any size, and does something with what is in it, which is gone afterwards.
 *
 * It is copied first: who can write to the file cannot have something else checked than what is handed out.
 */
export async function readFromDisk<T>(
  message: MessageSource,
  basis: ReadingBasis,
  { out, signal }: FromDiskOptions,
  work: (read: ReadMessage) => Promise<T>,
): Promise<T> {
  const workspace = diskWorkspace({ folder: await folderBeside(out), signal })
  try {
    const copy = await (typeof message === 'string'
      ? copyOf(message, workspace, signal)
      : workspace.keep(asBuffers(message)))
    return await work(await readMessage(copy, basis, workspace))
  } finally {
    await workspace.close()
  }
}

/** The folder for what nobody is to keep: no device's. */
async function folderBeside(out: string | undefined): Promise<string> {
  if (out === undefined) return tmpdir()
  const present = await stat(out).catch(() => null)
  return present && !present.isFile() ? tmpdir() : dirname(out)
}

async function copyOf(path: string, workspace: Workspace, signal: AbortSignal | undefined): Promise<Bytes> {
  const { file, size } = await openRegularFile(path).catch((cause) => {
    const isMissing = codeOf(cause) === 'ENOENT'
    throw new IncidentMailerError(
      isMissing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      isMissing
        ? `there is no file ${quoted(path, 512)} to read the message from`
        : `cannot read the message: ${messageOf(cause)}`,
      { cause },
    )
  })
  try {
    return await workspace.keep(fileBytes(file, size, signal).chunks())
  } finally {
    await file.close()
  }
}

async function* asBuffers(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  // A copy: who makes them may use the memory again.
  for await (const chunk of chunks) yield Buffer.from(chunk)
}

/**
 * Writes the content of a message to a file, which is there whole or not at all, and which its owner alone may read.
 *
 * @throws IncidentMailerError `FILE_UNWRITABLE`
 */
export async function writeContent(path: string, content: Bytes): Promise<void> {
  try {
    await writePrivately(path, content.chunks())
  } catch (cause) {
    if (cause instanceof IncidentMailerError) throw cause
    throw new IncidentMailerError(
      'FILE_UNWRITABLE',
      `cannot write the content to ${quoted(path, 512)}: ${messageOf(cause)}`,
      { cause },
    )
  }
}
