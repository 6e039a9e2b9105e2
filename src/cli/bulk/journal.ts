import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { codeOf, IncidentMailerError, messageOf } from '../../errors.js'
import { claimOf, isAlive, type ProcessClaim } from '../../process-claim.js'
import { readRegularFile } from '../../read-file.js'
import { type JournalRecord, readRecords, type Standing, standings } from './journal-records.js'
import { journalWriter, unwritable } from './journal-writer.js'

/**
 * What a bulk run has done, on disk, so that a second run goes on where the first was cut off.
 *
 * Before the first octet of a mail leaves, `begun` is on the disk; when the answer is there, `ended` is. A mail
 * of which only the first is there may have been sent: nobody knows, and it is not sent again.
 */
export interface Journal {
  /** The same for every run on this journal. */
  readonly id: string
  /** What earlier runs left behind, by the job's identity. Jobs that certainly were not sent are not there. */
  readonly earlier: ReadonlyMap<string, Standing>
  /** Resolves when it is on the disk. Once something could not be written, nothing is begun any more. */
  begun(job: string, messageId: string, line: number): Promise<void>
  ended(job: string, outcome: Ending): Promise<void>
  /** Of a job that had not begun: its recipients were refused before any octet of the mail had left. */
  refused(job: string, messageId: string, line: number): Promise<void>
  /** What could not be written, or null. */
  failure(): IncidentMailerError | null
  /** Lets the next run have it. */
  close(): Promise<void>
}

/** How a mail ended: `failed` was certainly not sent, `refused` was by every recipient's server for good. */
export type Ending = 'sent' | 'partial' | 'refused' | 'failed' | 'unknown'

/**
 * Opens a journal for one run, or makes it.
 *
 * The lock is a line in the journal itself: everyone appends a claim, then reads, and the first claim whose
 * process lives has it. Appending is atomic, so of two runs at once exactly one goes on, and a run that was
 * killed leaves nothing to clean up.
 *
 * @throws IncidentMailerError `JOURNAL_IN_USE`; `INVALID_JOURNAL`, with the file untouched; `FILE_UNWRITABLE`,
 * `FILE_UNREADABLE`
 */
export async function openJournal(file: string): Promise<Journal> {
  readRecords(await contentOf(file), file)
  const handle = await open(file, constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY, 0o600).catch(
    (cause) => {
      throw unwritable(file, cause)
    },
  )
  const claim = await claimOf(randomUUID())
  const writer = journalWriter(handle, file)
  const { append } = writer
  try {
    await append({ claim })
    await syncFolder(file)
    const records = readRecords(await contentOf(file), file)
    await refuseOthers(records, claim, file)
    await writer.reserve()
    const [first] = records.flatMap((record) => ('claim' in record ? [record.claim] : []))
    return {
      id: first?.run ?? claim.run,
      earlier: standings(records),
      begun: (job, messageId, line) => append({ begun: job, messageId, line }),
      ended: (job, outcome) => append({ ended: job, outcome }),
      refused: (job, messageId, line) => append({ refused: job, messageId, line }),
      failure: writer.failure,
      async close() {
        // Where there is no room to say so, the next run sees that this one's process has ended.
        await append({ released: claim.run }).catch(() => {})
        await writer.close()
      },
    }
  } catch (thrown) {
    await append({ released: claim.run }).catch(() => {})
    await writer.close()
    throw thrown
  }
}

async function refuseOthers(
  records: readonly JournalRecord[],
  own: ProcessClaim,
  file: string,
): Promise<void> {
  const released = new Set(records.flatMap((record) => ('released' in record ? [record.released] : [])))
  for (const record of records) {
    if (!('claim' in record) || released.has(record.claim.run)) continue
    const { claim } = record
    if (claim.run === own.run) return
    if (!(await isAlive(claim))) continue
    const elsewhere =
      claim.host === own.host
        ? ''
        : `; if it has ended there, add this line to the journal: {"released":"${claim.run}"}`
    throw new IncidentMailerError(
      'JOURNAL_IN_USE',
      `another run uses the journal ${file}: process ${claim.pid} on ${claim.host}, since ${claim.at}${elsewhere}`,
      { temporary: true },
    )
  }
}

async function contentOf(file: string): Promise<string> {
  try {
    return (await readRegularFile(file)).toString('utf8')
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return ''
    throw new IncidentMailerError('FILE_UNREADABLE', `cannot read the journal ${file}: ${messageOf(cause)}`, {
      cause,
    })
  }
}

/** So that the file's name is on the disk as well. */
async function syncFolder(file: string): Promise<void> {
  // Windows opens no folders, and some file systems do not sync them.
  const folder = await open(dirname(resolve(file)), 'r').catch(() => null)
  await folder?.sync().catch(() => {})
  await folder?.close()
}
