import { loadConfig } from '../config/load-config.js'
import { createNotifier, DEFAULT_TIMEOUT, type Notifier } from '../notifier.js'
import type { Job } from './job.js'

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
  /** Attachments of a job come from its own folder and those that the config names. */
  readonly job?: Job
}

/** Runs work with a notifier made from the config, and closes it whatever happens. */
export async function withSession<T>(
  { config: file, job }: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const config = await loadConfig({ file })
  const timeout = job?.request.timeout ?? config.timeout ?? DEFAULT_TIMEOUT
  const folders = job && [job.folder, ...(config.attachmentFolders ?? [])]
  const notifier = await createNotifier({
    ...config,
    timeout,
    ...(folders && { attachmentFolders: folders }),
  })
  try {
    return await work({ notifier, timeout })
  } finally {
    await notifier.close()
  }
}
