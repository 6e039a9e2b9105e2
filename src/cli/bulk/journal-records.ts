import { z } from 'zod'
import { IncidentMailerError } from '../../errors.js'
import type { ProcessClaim } from '../../process-claim.js'
import type { Ending } from './journal.js'

/** One line of a journal. */
export type JournalRecord =
  | { readonly claim: ProcessClaim }
  /** The run of this claim is over. */
  | { readonly released: string }
  /** The mail of this job is about to leave. */
  | { readonly begun: string; readonly messageId: string; readonly line: number }
  /** This job's mail was refused for good, for every recipient, before any of it had left. */
  | { readonly refused: string; readonly messageId: string; readonly line: number }
  /** What became of one that had begun. */
  | { readonly ended: string; readonly outcome: Ending }

/** How a job stands after earlier runs. */
export interface Standing {
  readonly outcome: Exclude<Ending, 'failed'>
  readonly messageId: string
  /** The line it stood on then. */
  readonly line: number
}

/**
 * Reads a journal. A run that was killed may have left half a line at its end; the claim of the next run then
 * follows directly. Half a line was never waited for, so that nothing depends on it.
 *
 * @throws IncidentMailerError `INVALID_JOURNAL` for any other line that is none
 */
export function readRecords(text: string, file: string): JournalRecord[] {
  const lines = text.split('\n')
  const torn = lines.pop() ?? ''
  const records: JournalRecord[] = []
  for (const [index, line] of lines.entries()) {
    if (line === '') continue
    const record = recordOf(line)
    if (record === null && !('claim' in (recordOf(lines[index + 1] ?? '') ?? {})))
      throw invalid(file, index + 1)
    if (record === null) continue
    if (records.length === 0 && !('claim' in record)) throw invalid(file, index + 1)
    records.push(record)
  }
  // Another file that happens to have one line without an end is not written into either.
  if (records.length === 0 && torn !== '' && !torn.startsWith(CLAIM.slice(0, torn.length)))
    throw invalid(file, 1)
  return records
}

/** How the jobs stand. */
export function standings(records: readonly JournalRecord[]): Map<string, Standing> {
  const jobs = new Map<string, Standing>()
  for (const record of records) {
    if ('begun' in record) {
      const { begun, messageId, line } = record
      // Until its end is there, nobody knows.
      jobs.set(begun, { outcome: 'unknown', messageId, line })
    } else if ('refused' in record) {
      const { refused, messageId, line } = record
      jobs.set(refused, { outcome: 'refused', messageId, line })
    } else if ('ended' in record) {
      const { ended, outcome } = record
      const before = jobs.get(ended)
      if (outcome === 'failed') jobs.delete(ended)
      else if (before) jobs.set(ended, { ...before, outcome })
    }
  }
  return jobs
}

const recordSchema = z.union([
  z.object({
    claim: z.object({
      run: z.string(),
      pid: z.number(),
      host: z.string(),
      started: z.string().nullable(),
      at: z.string(),
    }),
  }),
  z.object({ released: z.string() }),
  z.object({ begun: z.string(), messageId: z.string(), line: z.number() }),
  z.object({ refused: z.string(), messageId: z.string(), line: z.number() }),
  z.object({ ended: z.string(), outcome: z.enum(['sent', 'partial', 'refused', 'failed', 'unknown']) }),
])

/** How the first line of a journal begins. */
const CLAIM = '{"claim":{"run":"'

function recordOf(line: string): JournalRecord | null {
  try {
    return recordSchema.safeParse(JSON.parse(line)).data ?? null
  } catch {
    return null
  }
}

function invalid(file: string, line: number): IncidentMailerError {
  const message = `${file} is no journal of --resume, or damaged in line ${line}; name another file, or none that exists`
  return new IncidentMailerError('INVALID_JOURNAL', message)
}
