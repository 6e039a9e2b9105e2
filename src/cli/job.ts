import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { addAbortSignal } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { IncidentMailerError, messageOf } from '../errors.js'
import { parseJson } from '../json.js'
import type { MailRequest } from '../mail.js'
import { throwIfAborted } from '../pipeline.js'
import { checkRequest } from '../schemas/job.js'

/** A job, and where its relative paths start. */
export interface Job {
  readonly request: MailRequest
  readonly folder: string
}

/**
 * Reads a job from a file, or from stdin where none is named.
 *
 * @throws IncidentMailerError `USAGE` where stdin is a terminal; `FILE_NOT_FOUND`, `FILE_UNREADABLE`;
 * `INVALID_REQUEST` for what is no job
 */
export async function readJob(file: string | undefined, signal: AbortSignal): Promise<Job> {
  const bytes = file === undefined ? await readStdin(signal) : await readJobFile(file)
  const request = checkRequest(parse(bytes, file ?? 'stdin'))
  return { request, folder: file === undefined ? process.cwd() : dirname(resolve(file)) }
}

async function readStdin(signal: AbortSignal): Promise<Buffer> {
  if (process.stdin.isTTY) {
    throw new IncidentMailerError('USAGE', 'there is no job; pipe its JSON in, or name its file: --job FILE')
  }
  try {
    return await buffer(addAbortSignal(signal, process.stdin))
  } catch (cause) {
    throwIfAborted(signal)
    throw new IncidentMailerError('FILE_UNREADABLE', `cannot read the job from stdin: ${messageOf(cause)}`, {
      stage: 'request',
      cause,
    })
  }
}

async function readJobFile(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    throw new IncidentMailerError(
      missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      `cannot read the job: ${messageOf(cause)}`,
      { stage: 'request', cause },
    )
  }
}

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
