import { fork } from 'node:child_process'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { type ErrorDetails, IncidentMailerError } from '../../errors.js'
import type { IncidentWant } from '../../incident/incident.js'
import { packageFolder } from '../../package-folder.js'
import { abortError } from '../../pipeline.js'
import { builtInFolder } from '../find-template.js'
import { mostRounds } from '../render-until-complete.js'
import type { Words, WordsJob } from '../render-words.js'
import { readMessage, type ToChild } from './messages.js'
import { permissionFlags } from './permission-flags.js'

/** How a process that renders is started. */
export interface RenderProcessOptions {
  /** The folders of templates that it may read. */
  readonly folders: readonly string[]
  /** What its JavaScript may hold, in megabytes. */
  readonly memory: number
  /** What it is told first. */
  readonly start: Extract<ToChild, { type: 'start' }>
}

/** How one mail is rendered in it. */
export interface IsolatedCall {
  /** What the process may work on the mail before it is killed, in milliseconds. */
  readonly time: number
  /** The kinds of things that `fetch` can get. */
  readonly fetches: readonly IncidentWant['kind'][]
  /** Gets what the templates lack. */
  readonly fetch: (wants: readonly IncidentWant[]) => Promise<readonly unknown[]>
  readonly signal: AbortSignal | undefined
}

/** A process that renders, one mail at a time. */
export interface RenderProcess {
  readonly folders: readonly string[]
  /** Whether it is gone, so that the next mail needs another one. */
  isOver(): boolean
  render(job: WordsJob, call: IsolatedCall): Promise<Words>
  /** Kills it, and waits until it is gone. */
  end(): Promise<void>
}

/** What such a process runs: an entry of the bundle. */
const childProgram = join(packageFolder, 'dist/render/isolated/child.js')

/** What a process may take to start, in milliseconds: far more than it does on a busy machine. */
const startTime = 30_000
const keptOutput = 4000

/** Starts a process: with neither environment nor terminal, and with walls where Node has them. */
export function startRenderProcess({ folders, memory, start }: RenderProcessOptions): RenderProcess {
  const child = fork(childProgram, {
    execArgv: [`--max-old-space-size=${memory}`, ...permissionFlags(folders)],
    // Nothing of ours, which may hold secrets. Windows finds its own libraries by this one.
    env: process.platform === 'win32' ? { SystemRoot: process.env.SystemRoot } : {},
    cwd: builtInFolder,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let isReady = false
  let isOver = false
  let output = ''
  /** The mail in work, if there is one. */
  let hears: (message: ReturnType<typeof readMessage>) => void = () => {}
  let ends: (reason: string) => void = () => {}

  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-keptOutput)
  })
  child.on('message', (message) => {
    const read = readMessage(message)
    if (read?.type === 'ready') isReady = true
    hears(read)
  })
  const gone = new Promise<void>((resolve) => {
    const over = (reason: string) => {
      isOver = true
      ends(reason)
      resolve()
    }
    child.once('error', () => over('could not be started'))
    child.once('close', (code, signal) => over(`ended (${signal ?? `exit code ${code}`})`))
    child.once('exit', () => {
      isOver = true
    })
  })

  const tell = (message: ToChild) => {
    // That it cannot be told is heard of as its end.
    child.send(message, () => {})
  }

  /** A process that has nothing to do keeps nobody from exiting. */
  const keepAlive = (isNeeded: boolean) => {
    const how = isNeeded ? 'ref' : 'unref'
    child[how]()
    child.channel?.[how]()
    if (child.stderr instanceof Socket) child.stderr[how]()
  }

  const kill = () => {
    isOver = true
    child.kill('SIGKILL')
  }

  const render = (job: WordsJob, { time, fetches, fetch, signal }: IsolatedCall): Promise<Words> => {
    let left = time
    let since = 0
    let timer: NodeJS.Timeout | undefined
    let rounds = 0
    let abort = () => {}
    const field = job.found ? 'template' : 'inlineTemplate'
    const failure = (message: string, details: ErrorDetails = {}) =>
      new IncidentMailerError('RENDERER_FAILED', message, { temporary: true, ...details })

    return new Promise<Words>((resolve, reject) => {
      const giveUp = (error: unknown) => {
        kill()
        reject(error)
      }
      const work = (message: ToChild) => {
        tell(message)
        since = performance.now()
        timer = setTimeout(() => giveUp(tooSlow(time, field)), Math.max(0, left))
      }
      const pause = () => {
        clearTimeout(timer)
        left -= performance.now() - since
      }
      const getMore = async (wants: readonly IncidentWant[]) => {
        pause()
        if (++rounds > mostRounds) throw failure('the process that renders templates asks without end')
        const answers = await fetch(wants)
        if (!isOver) work({ type: 'answers', answers })
      }
      abort = () => signal && giveUp(abortError(signal))
      signal?.addEventListener('abort', abort, { once: true })
      ends = (reason) => {
        const isMemory = /heap out of memory|heap limit/i.test(output)
        reject(
          isMemory ? tooLarge(field) : failure(`the process that renders templates ${reason}; try again`),
        )
      }
      hears = (message) => {
        if (message?.type === 'ready') {
          clearTimeout(timer)
          work({ type: 'render', job, fetches })
        } else if (message?.type === 'wants') getMore(message.wants).catch(giveUp)
        else if (message?.type === 'words') resolve(message.words)
        else if (message?.type === 'refused') reject(message.error)
        else {
          const said = message ? `: ${message.message}` : ' something that it never says'
          giveUp(failure(`the process that renders templates said${said}`, { temporary: false }))
        }
      }
      keepAlive(true)
      if (isReady) work({ type: 'render', job, fetches })
      else {
        const late = () => giveUp(failure(`the process that renders templates did not start`))
        timer = setTimeout(late, startTime)
      }
    }).finally(() => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      hears = () => {}
      ends = () => {}
      keepAlive(false)
    })
  }

  keepAlive(false)
  tell(start)
  return {
    folders,
    isOver: () => isOver,
    render,
    end: async () => {
      keepAlive(true)
      kill()
      await gone
    },
  }
}

function tooSlow(time: number, field: string): IncidentMailerError {
  return new IncidentMailerError(
    'TEMPLATE_TIME_EXCEEDED',
    `the templates of this mail took longer than ${time / 1000} seconds, and their process was killed`,
    { field },
  )
}

function tooLarge(field: string): IncidentMailerError {
  return new IncidentMailerError(
    'TEMPLATE_MEMORY_EXCEEDED',
    'the templates of this mail needed more memory than their process may have; loop over less, or raise isolated.memory',
    { field },
  )
}
