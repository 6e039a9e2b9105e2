import { randomUUID } from 'node:crypto'
import { access, constants, link, mkdir, open, stat, unlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { IncidentMailerError, messageOf } from '../errors.js'
import { throwIfAborted } from '../pipeline.js'
import type { Carrier } from './carrier.js'

/** A folder that receives each mail as an .eml file. */
export interface FolderOptions {
  /** The folder, relative to the working directory. Made where it is missing. */
  readonly folder: string
}

/**
 * Puts mails into a folder, named after their Message-ID. A file appears whole or not at all, is never
 * overwritten, and nobody but its owner may read it. Who gets it stands in the report, not in the folder:
 * a Bcc stays blind.
 */
export function folderCarrier({ folder }: FolderOptions): Carrier {
  return {
    warnings: [],
    async send({ messageId, to, bytes }, { signal, logger }) {
      const path = await inFolder(folder, async () => {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        throwIfAborted(signal)
        const draft = join(folder, `.${randomUUID()}.tmp`)
        try {
          await writeDurably(draft, bytes)
          return await publish(draft, join(folder, fileName(messageId)))
        } finally {
          await unlink(draft).catch(() => {})
        }
      })
      logger?.info({ messageId, path, recipients: to.length }, 'mail written to a file')
      return { accepted: to, rejected: [], undecided: [], response: `written to ${path}`, failure: null }
    },
    async close() {},
  }
}

/** Whether files can be put into the folder, or it can be made. Says where it is. */
export async function checkFolder({ folder }: FolderOptions): Promise<string> {
  return await inFolder(folder, async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    if (!(await stat(folder)).isDirectory()) throw new Error('it is not a folder')
    await access(folder, constants.W_OK | constants.X_OK)
    return `mails are written to ${resolve(folder)}`
  })
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Gives the finished file its name. A link, unlike a rename, fails where the name is taken. */
async function publish(draft: string, path: string): Promise<string> {
  for (let copy = 1; ; copy++) {
    const name = copy === 1 ? `${path}.eml` : `${path}.${copy}.eml`
    try {
      await link(draft, name)
      return name
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
  }
}

/** The Message-ID as a file name: whoever chose it has no say in where the file goes. */
function fileName(messageId: string): string {
  const name = messageId
    .replace(/[^A-Za-z0-9@._+=-]/g, '')
    .replace(/^\.+/, '')
    .slice(0, 120)
  return name === '' ? 'mail' : name
}

async function inFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof IncidentMailerError) throw cause
    const temporary = PASSING.includes(codeOf(cause))
    throw new IncidentMailerError(
      'TRANSPORT_FAILED',
      `transport.folder: no mail can be written to ${folder}: ${messageOf(cause)}`,
      { field: 'transport.folder', temporary, cause },
    )
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** What someone may clear up while the mail waits: a full disk, too many open files. */
const PASSING = ['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'EAGAIN', 'EBUSY']
