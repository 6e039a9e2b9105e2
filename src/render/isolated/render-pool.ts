import type { ErrorCode } from '../../error-codes.js'
import { IncidentMailerError } from '../../errors.js'
import { checkIncidentFile } from '../../incident/check-incident.js'
import { fetchWants } from '../../incident/fetched-data.js'
import type { IncidentSource } from '../../incident/incident.js'
import { wantKinds } from '../../incident/wants.js'
import { TemplateError } from '../../jinja/template-error.js'
import { jsonLike } from '../../jinja/values/data.js'
import { abortError, throwIfAborted } from '../../pipeline.js'
import { builtInFolder } from '../find-template.js'
import type { Words, WordsJob } from '../render-words.js'
import type { TemplateLanguage } from '../template-language.js'
import type { IsolationOptions } from './isolation-options.js'
import { type RenderProcess, startRenderProcess } from './render-process.js'

/** Renders mails in processes of their own. */
export interface RenderPool {
  render(job: WordsJob, source: IncidentSource | undefined, signal: AbortSignal | undefined): Promise<Words>
  /** Ends the processes, once the mails in work are done. */
  close(): Promise<void>
}

/**
 * Makes a pool. Processes are started when they are needed, and used again, one mail at a time; one that was killed
 * or died is replaced for the next mail.
 */
export function createRenderPool(
  { processes = 2, time = 20_000, memory = 512 }: IsolationOptions,
  { globals = {}, templateLimits: limits = {} }: Pick<TemplateLanguage, 'globals' | 'templateLimits'>,
): RenderPool {
  const start = { type: 'start', globals: Object(jsonLike(globals)), limits } as const
  const folders = new Set([builtInFolder])
  const idle: RenderProcess[] = []
  const alive = new Set<RenderProcess>()
  const waiting: (() => void)[] = []
  const underWay = new Set<Promise<unknown>>()
  let busy = 0
  let isClosed = false

  /** Waits for a turn, until the signal fires. */
  async function turn(signal: AbortSignal | undefined): Promise<void> {
    throwIfAborted(signal)
    if (busy < processes) {
      busy++
      return
    }
    await new Promise<void>((resolve, reject) => {
      const go = () => {
        signal?.removeEventListener('abort', stop)
        resolve()
      }
      const stop = () => {
        waiting.splice(waiting.indexOf(go), 1)
        reject(signal && abortError(signal))
      }
      waiting.push(go)
      signal?.addEventListener('abort', stop, { once: true })
    })
  }

  /** Hands the turn on. */
  function pass(): void {
    const next = waiting.shift()
    if (next) next()
    else busy--
  }

  /** A process that may read the folders: an idle one, or a new one that may read all that are known. */
  function processFor(needed: readonly string[]): RenderProcess {
    for (let found = idle.pop(); found; found = idle.pop()) {
      const { folders: readable } = found
      if (!found.isOver() && needed.every((folder) => readable.includes(folder))) return found
      void end(found)
    }
    for (const folder of needed) folders.add(folder)
    const started = startRenderProcess({ folders: [...folders], memory, start })
    alive.add(started)
    return started
  }

  async function end(process: RenderProcess): Promise<void> {
    await process.end()
    alive.delete(process)
  }

  async function inTurn(
    job: WordsJob,
    source: IncidentSource | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Words> {
    await turn(signal)
    try {
      const { request, incident, found, branding, dateFormat, now } = job
      const process = processFor(foldersOf(job))
      try {
        return await process.render(
          { request, incident: plainIncident(incident), found, branding, dateFormat, now },
          {
            time,
            signal,
            fetches: source?.fetch ? (source.fetches ?? wantKinds) : [],
            fetch: async (wants) => plainAnswers(await fetchWants(source, wants, signal)),
          },
        )
      } finally {
        if (process.isOver()) void end(process)
        else idle.push(process)
      }
    } finally {
      pass()
    }
  }

  return {
    async render(job, source, signal) {
      if (isClosed) {
        throw new IncidentMailerError('RENDERER_FAILED', 'this renderer is closed already; make a new one')
      }
      const call = inTurn(job, source, signal)
      underWay.add(call)
      try {
        return await call
      } finally {
        underWay.delete(call)
      }
    },
    async close() {
      isClosed = true
      await Promise.allSettled(underWay)
      await Promise.all([...alive].map(end))
    },
  }
}

/** The folders that the files of a mail's template lie in. */
function foldersOf({ found }: WordsJob): string[] {
  const { single, html, text, subject } = found ?? {}
  const files = [single, html, text, subject && 'file' in subject ? subject.file : undefined]
  return [...new Set(files.flatMap((file) => (file ? [file.folder] : [])))]
}

/** The incident as JSON; its files are read where the mail is composed. */
function plainIncident(incident: WordsJob['incident']): WordsJob['incident'] {
  if (incident === null) return null
  const { folder: _, attachments, ...file } = incident
  // Templates see their names alone.
  const names = attachments?.map(({ name }) => ({ name, path: name }))
  return plain('INVALID_INCIDENT', 'the incident cannot be rendered: its', () =>
    checkIncidentFile(jsonLike({ ...file, ...(names && { attachments: names }) }), 'the incident'),
  )
}

function plainAnswers(answers: readonly unknown[]): readonly unknown[] {
  const copy = (answer: unknown) => jsonLike(answer) ?? null
  return plain('INCIDENT_SOURCE_FAILED', 'the incident source gave what cannot be rendered: its', () =>
    answers.map(copy),
  )
}

function plain<T>(code: ErrorCode, message: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (!(cause instanceof TemplateError)) throw cause
    throw new IncidentMailerError(code, `${message} ${cause.message}`, { field: 'incident', cause })
  }
}
