import { setTimeout } from 'node:timers/promises'
import { notifierOptionsOf } from '../config/notifier-options-of.js'
import { readSettings } from '../config/read-settings.js'
import { createNotifier, type Notifier } from '../notifier/notifier.js'
import { DEFAULT_TIMEOUT } from '../notifier/notifier-options.js'
import type { Job } from './job.js'
import { printNote } from './output.js'

/** What a command works with. */
export interface Session {
  readonly notifier: Notifier
  /** The time for the job, in milliseconds. */
  readonly timeout: number
}

/** What a session is made for. */
export interface SessionOptions {
  /** The config file. Default: the one in the working directory, if there is one. */
  readonly config?: string
  /** The profile of jobs that name none. Default: the config's. */
  readonly profile?: string
  /** Attachments of a job come from its own folder and those that the config names. */
  readonly job?: Job
  /** Say it on stderr when mails go to a folder only because nobody said where else. Default false. */
  readonly delivers?: boolean
}

/** Runs work with a notifier made from the config, and closes it whatever happens. */
export async function withSession<T>(
  { config: file, profile, job, delivers }: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const settings = await readSettings({ file })
  const config = await notifierOptionsOf(settings)
  if (delivers) for (const note of settings.notes) printNote(note)
  if (delivers && settings.file === null && !config.transport && !config.profile) {
    // A misspelt name or another working directory looks like success otherwise.
    printNote(
      `no incident-mailer.json, .yaml or .yml in ${process.cwd()}; mails go to the folder outbox, and not to a server (--config names a file elsewhere)`,
    )
  }
  const timeout = job?.request.timeout ?? config.timeout ?? DEFAULT_TIMEOUT
  const folders = job && [job.folder, ...(config.attachmentFolders ?? [])]
  const notifier = await createNotifier({
    ...config,
    ...(profile !== undefined && { profile }),
    timeout,
    ...(folders && { attachmentFolders: folders }),
  })
  try {
    return await work({ notifier, timeout })
  } finally {
    // A server that does not say good-bye keeps nobody from hearing what became of the mail.
    await Promise.race([notifier.close(), setTimeout(GOOD_BYE, undefined, { ref: false })])
  }
}

/** The time for closing the connections, in milliseconds. */
const GOOD_BYE = 1_000
