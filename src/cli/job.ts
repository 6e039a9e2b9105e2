import { dirname, resolve } from 'node:path'
import { addAbortSignal } from 'node:stream'
import { codeOf, IncidentMailerError, messageOf } from '../errors.js'
import { parseJson } from '../json.js'
import type { MailRequest } from '../mail.js'
import { throwIfAborted } from '../pipeline.js'
import { readRegularFile } from '../read-file.js'
import { checkRequest } from '../schemas/job.js'

/** A job, and where its relative paths start. */
export interface Job {
  readonly request: MailRequest
  readonly folder: string
}

/**
 * Reads a job from a file, or from stdin where none is named.
 *
 * @throws IncidentMailerError `USAGE` where stdin is a terminal; `FILE_NOT_FOUND`, `FILE_UNREADABLE`, also for a
 * pipe or device; `TOO_LARGE`;
 * `INVALID_REQUEST` for what is no job
 */
export async function readJob(file: string | undefined, signal: AbortSignal): Promise<Job> {
  const bytes = await readInput(file, signal)
  const source = file ?? 'stdin'
  if (areLines(bytes))
    throw new IncidentMailerError(
      'INVALID_REQUEST',
      `the job (${source}) is several jobs, one a line; send --jsonl takes them`,
      { stage: 'request' },
    )
  return { request: parseJob(bytes, source), folder: folderOf(file) }
}

/** Whether there is a whole JSON object on the first line, and another one begins on the next. */
function areLines(bytes: Buffer): boolean {
  const end = bytes.indexOf('\n')
  if (end < 0 || !/^\s*\{/.test(bytes.toString('latin1', end, end + 1_000))) return false
  try {
    return JSON.parse(bytes.toString('utf8', 0, end)) !== null
  } catch {
    return false
  }
}

/**
 * Reads a file, or stdin where none is named.
 *
 * @param what - what it holds, for messages
 */
export async function readInput(
  file: string | undefined,
  signal: AbortSignal,
  what: 'job' | 'message' = 'job',
): Promise<Buffer> {
  return file === undefined ? await readStdin(signal, what) : await readNamedFile(file, signal, what)
}

/** Where the relative paths in the jobs of a file start, or of stdin. */
export function folderOf(file: string | undefined): string {
  return file === undefined ? process.cwd() : dirname(resolve(file))
}

/**
 * A job from its JSON.
 *
 * @param source - where it comes from, for messages
 * @throws IncidentMailerError `INVALID_REQUEST`
 */
export function parseJob(bytes: Uint8Array, source: string): MailRequest {
  return checkRequest(parse(bytes, source))
}

/** The error of what has more octets than a job may have. */
export function tooLarge(source: string, what = 'job'): IncidentMailerError {
  return new IncidentMailerError(
    'TOO_LARGE',
    `the ${what} (${source}) has more than ${LARGEST} octets${what === 'job' ? '; name files to attach by their path' : ''}`,
    { stage: 'request' },
  )
}

/** The error of a file of jobs, or of a message, that cannot be read. */
export function unreadable(file: string, cause: unknown, what = 'job'): IncidentMailerError {
  const missing = codeOf(cause) === 'ENOENT'
  return new IncidentMailerError(
    missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
    missing
      ? `there is no file ${file} to read the ${what} from`
      : `cannot read the ${what}: ${messageOf(cause)}`,
    { stage: 'request', cause },
  )
}

async function readStdin(signal: AbortSignal, what: 'job' | 'message'): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stdinChunks(signal, what)) {
    size += chunk.length
    if (size > LARGEST) throw tooLarge('stdin', what)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/**
 * What stdin holds, as it comes.
 *
 * @throws IncidentMailerError `USAGE` where stdin is a terminal; `FILE_UNREADABLE`
 */
export async function* stdinChunks(signal: AbortSignal, what: 'job' | 'message'): AsyncGenerator<Uint8Array> {
  if (process.stdin.isTTY) {
    throw new IncidentMailerError(
      'USAGE',
      what === 'job'
        ? 'there is no job; pipe its JSON in, or name its file: --job FILE'
        : 'there is no message; pipe it in, or name its file',
    )
  }
  try {
    yield* addAbortSignal(signal, process.stdin)
  } catch (cause) {
    throwIfAborted(signal)
    throw new IncidentMailerError(
      'FILE_UNREADABLE',
      `cannot read the ${what} from stdin: ${messageOf(cause)}`,
      { stage: 'request', cause },
    )
  }
}

async function readNamedFile(file: string, signal: AbortSignal, what: string): Promise<Buffer> {
  try {
    return await readRegularFile(file, { largest: LARGEST, signal })
  } catch (cause) {
    throwIfAborted(signal)
    if (codeOf(cause) === 'EFBIG') throw tooLarge(file, what)
    throw unreadable(file, cause, what)
  }
}

/** The most that a job may have, in octets: what may be attached in base64, and then some. */
export const LARGEST = 100_000_000

function parse(bytes: Uint8Array, source: string): unknown {
  try {
    return parseJson(decode(bytes))
  } catch (error) {
    throw new IncidentMailerError(
      'INVALID_REQUEST',
      `the job (${source}) does not parse: ${messageOf(error)}`,
      {
        stage: 'request',
      },
    )
  }
}

/** RFC 8259, section 8.1: UTF-8. Anything else would turn names into question marks without a word. */
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new SyntaxError('it is not UTF-8')
  }
}
