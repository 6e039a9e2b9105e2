import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { addAbortSignal, type Readable } from 'node:stream'
import { IncidentMailerError } from '../../errors.js'
import { LARGEST, tooLarge, unreadable } from '../job.js'

/** One line of a file of jobs. */
export interface JobLine {
  /** Its number, from 1. */
  readonly line: number
  readonly bytes: Buffer
  /** How many octets of the file were read when the line was. */
  readonly read: number
}

/** Jobs, one a line. */
export interface JobLines {
  /** How many octets there are, or null where nobody knows yet. */
  readonly size: number | null
  /** Reads line by line, blank ones left out. A signal ends them as the end of the file does. */
  lines(signal: AbortSignal): AsyncGenerator<JobLine>
}

/**
 * Opens jobs that stand one a line (JSON Lines), in a file or on stdin. No more is read than one line and what
 * the system reads at once.
 *
 * @throws IncidentMailerError `USAGE` where stdin is a terminal, `FILE_NOT_FOUND`, `FILE_UNREADABLE`; `TOO_LARGE`
 * while reading
 */
export async function openJobLines(file: string | undefined): Promise<JobLines> {
  if (file === undefined && process.stdin.isTTY) {
    const message = 'there are no jobs; pipe them in, one a line, or name their file: --job FILE'
    throw new IncidentMailerError('USAGE', message)
  }
  const size = file === undefined ? null : await sizeOf(file)
  const open = () => (file === undefined ? process.stdin : createReadStream(file))
  return { size, lines: (signal) => readLines(open(), file ?? 'stdin', signal) }
}

async function sizeOf(file: string): Promise<number | null> {
  try {
    const status = await stat(file)
    if (status.isDirectory()) throw new Error(`${file} is a folder`)
    return status.isFile() ? status.size : null
  } catch (cause) {
    throw unreadable(file, cause)
  }
}

async function* readLines(stream: Readable, source: string, signal: AbortSignal): AsyncGenerator<JobLine> {
  let pending: Buffer[] = []
  let length = 0
  let line = 0
  let read = 0
  const take = (last: Buffer): JobLine | null => {
    const bytes = Buffer.concat([...pending, last])
    pending = []
    length = 0
    line++
    return isBlank(bytes) ? null : { line, bytes, read }
  }
  try {
    for await (const chunk of addAbortSignal(signal, stream)) {
      let rest: Buffer = chunk
      for (let end = rest.indexOf(LF); end !== -1; end = rest.indexOf(LF)) {
        read += end + 1
        const found = take(rest.subarray(0, end))
        if (found) yield found
        if (signal.aborted) return
        rest = rest.subarray(end + 1)
      }
      read += rest.length
      length += rest.length
      if (length > LARGEST) throw tooLarge(`${source}, line ${line + 1}`)
      pending.push(rest)
    }
    const found = take(Buffer.alloc(0))
    if (found) yield found
  } catch (cause) {
    if (signal.aborted) return
    throw cause instanceof IncidentMailerError ? cause : unreadable(source, cause)
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((octet) => octet === 0x20 || octet === 0x09 || octet === 0x0d)
}

const LF = 0x0a
