import { randomBytes, randomUUID } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { IncidentMailerError, messageOf } from '../../errors.js'
import type { JournalRecord } from './journal-records.js'

/** What puts records at a journal's end. */
export interface JournalWriter {
  /** Resolves when the record is on the disk, or rejects, and then it is not there. */
  append(record: JournalRecord): Promise<void>
  /** Takes room for the endings of what is under way when the disk is full. */
  reserve(): Promise<void>
  /** What could not be written, or null. */
  failure(): IncidentMailerError | null
  close(): Promise<void>
}

/**
 * Writes a journal: all records that wait at once. After the first failure nothing is begun any more, as its end might
 * find no room either; what had begun before still gets its ending, in the room that was kept for that.
 *
 * @throws IncidentMailerError `FILE_UNWRITABLE`
 */
export function journalWriter(handle: FileHandle, file: string): JournalWriter {
  let waiting: Entry[] = []
  let turn: Promise<void> = Promise.resolve()
  let failure: IncidentMailerError | null = null
  let room: FileHandle | null = null

  const attempt = async (entries: readonly Entry[]): Promise<boolean> => {
    if (entries.length === 0) return true
    try {
      await write(handle, entries.map(({ record }) => lineOf(record)).join(''))
      for (const { resolve } of entries) resolve()
      return true
    } catch (thrown) {
      failure ??= unwritable(file, thrown)
      return false
    }
  }
  const giveRoom = async () => {
    await room?.close().catch(() => {})
    room = null
  }
  const flush = async () => {
    const entries = waiting
    waiting = []
    const isBeginning = ({ record }: Entry) => 'begun' in record
    if (failure === null && (await attempt(entries))) return
    const error = failure ?? unwritable(file, null)
    for (const { reject } of entries.filter(isBeginning)) reject(error)
    const others = entries.filter((entry) => !isBeginning(entry))
    await giveRoom()
    if (!(await attempt(others))) for (const { reject } of others) reject(error)
  }
  return {
    append: (record) =>
      new Promise<void>((resolve, reject) => {
        waiting.push({ record, resolve, reject })
        if (waiting.length === 1) turn = turn.then(flush)
      }),
    async reserve() {
      const path = `${file}.${randomUUID()}.room`
      try {
        room = await open(path, 'wx', 0o600)
        // Without a name it goes with the process, however that ends.
        await rm(path)
        // Of chance, so that no file system makes it smaller.
        await room.writeFile(randomBytes(ROOM))
        await room.datasync()
      } catch (cause) {
        await giveRoom()
        throw unwritable(file, cause)
      }
    },
    failure: () => failure,
    async close() {
      await turn
      await giveRoom()
      await handle.close()
    },
  }
}

interface Entry {
  readonly record: JournalRecord
  resolve(): void
  reject(error: IncidentMailerError): void
}

/** A claim stands on a line of its own, whatever a run that was cut off has left. */
function lineOf(record: JournalRecord): string {
  return `${'claim' in record ? '\n' : ''}${JSON.stringify(record)}\n`
}

/** All of it, or none: a whole record of a mail that then stayed would pass for one that may have been sent. */
async function write(handle: FileHandle, text: string): Promise<void> {
  const bytes = Buffer.from(text)
  const { size: before } = await handle.stat()
  let written = 0
  try {
    ;({ bytesWritten: written } = await handle.write(bytes))
    if (written < bytes.length) throw new Error('the disk is full')
    await handle.datasync()
  } catch (thrown) {
    const { size } = await handle.stat()
    // Where somebody else, whom the claim refuses, has written in between, it stays.
    if (size === before + written) await handle.truncate(before).catch(() => {})
    throw thrown
  }
}

/** The error of a journal that cannot be written. */
export function unwritable(file: string, cause: unknown): IncidentMailerError {
  const message = `cannot write the journal ${file}: ${messageOf(cause)}; nothing is sent without it`
  return new IncidentMailerError('FILE_UNWRITABLE', message, { cause })
}

/** Octets: a block or two, for many more endings than mails are under way. */
const ROOM = 8_192
