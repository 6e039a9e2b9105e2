import { randomUUID } from 'node:crypto'
import { access, constants, link, mkdir, open, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { codeOf, IncidentMailerError, messageOf } from '../errors.js'
import { throwIfAborted } from '../pipeline.js'
import { untilAborted } from '../until-aborted.js'
import { announce, type Carrier, unknownHandover } from './handover.js'

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
    async send(parcel, context) {
      const { messageId, to, bytes } = parcel
      const { signal, logger } = context
      let publishing = false
      const write = async () => {
        await makeFolder(resolve(folder))
        throwIfAborted(signal)
        const draft = join(folder, `.${randomUUID()}.tmp`)
        try {
          await writeDurably(draft, bytes)
          await announce(parcel, context)
          throwIfAborted(signal)
          publishing = true
          return await publish(draft, join(folder, fileName(messageId)))
        } finally {
          await unlink(draft).catch(() => {})
        }
      }
      let path: string
      try {
        path = await inFolder(folder, signal, write)
      } catch (cause) {
        if (!publishing || !isStop(cause)) throw cause
        const message = `the time was up while the mail was put into ${resolve(folder)}, so it may be there or not; look there before you send it again`
        const failure = new IncidentMailerError('OUTCOME_UNKNOWN', message, { cause })
        return unknownHandover(failure, to)
      }
      logger?.info({ messageId, path, recipients: to.length }, 'mail written to a file')
      return { accepted: to, rejected: [], undecided: [], response: `written to ${path}`, failure: null }
    },
    async close() {},
  }
}

/** Whether files can be put into the folder, or it can be made. Says where it is. */
export async function checkFolder({ folder }: FolderOptions, signal?: AbortSignal): Promise<string> {
  return await inFolder(folder, signal, async () => {
    await makeFolder(resolve(folder))
    if (!(await stat(folder)).isDirectory())
      throw Object.assign(new Error('it is not a folder'), { code: 'ENOTDIR' })
    await access(folder, constants.W_OK | constants.X_OK)
    return resolve(folder)
  })
}

/**
 * Makes the folder, and those above it that are missing. Node's own way to do so never ends where the system
 * denies that a folder can be made there by saying that there is none, as /proc does.
 */
async function makeFolder(path: string): Promise<void> {
  const make = () => mkdir(path, { mode: 0o700 })
  try {
    await make().catch(async (error) => {
      if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error
      await makeFolder(dirname(path))
      await make()
    })
  } catch (error) {
    // Whoever made it meanwhile is welcome. What it is shows when a file is written.
    if (codeOf(error) !== 'EEXIST') throw error
  }
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

async function inFolder<T>(
  folder: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    // A network's file system may keep us waiting for ever.
    return await untilAborted(signal, `answer from the file system of ${resolve(folder)}`, work)
  } catch (cause) {
    if (cause instanceof IncidentMailerError) throw cause
    const code = codeOf(cause)
    const why = code === 'ENOTDIR' ? 'it, or what it should lie in, is not a folder' : messageOf(cause)
    throw new IncidentMailerError(
      LASTING.includes(code) ? 'FILE_UNWRITABLE' : 'TRANSPORT_FAILED',
      `transport.folder: no mail can be written to ${folder}: ${why}`,
      { field: 'transport.folder', temporary: PASSING.includes(code), cause },
    )
  }
}

/** Whether it was the signal that ended the work. */
function isStop(error: unknown): boolean {
  return error instanceof IncidentMailerError && (error.code === 'TIMEOUT' || error.code === 'ABORTED')
}

/** What someone may clear up while the mail waits: a full disk, too many open files. */
const PASSING = ['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'EAGAIN', 'EBUSY']

/** What stays as it is until someone corrects the path or its permissions. */
const LASTING = ['ENOTDIR', 'ENOENT', 'EACCES', 'EPERM', 'EROFS', 'ELOOP', 'ENAMETOOLONG']
