import { type ChildProcess, spawn } from 'node:child_process'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { IncidentMailerError } from '../errors.js'
import type { ColorScheme } from './frame.js'

/** How a picture is taken. */
export interface PictureOptions {
  /** In CSS pixels. */
  readonly width: number
  readonly scheme: ColorScheme
}

/** A Chromium that takes pictures. */
export interface Photographer {
  /** The whole of an HTML document as PNG; it runs no scripts and has no network. */
  picture(html: string, options: PictureOptions): Promise<Buffer>
  close(): Promise<void>
}

/** The path of a Chromium that is there: `$CHROMIUM`, or one on the PATH; else null. */
export async function findChromium(env: NodeJS.ProcessEnv = process.env): Promise<string | null> {
  const folders = (env.PATH ?? '').split(delimiter)
  const named = env.CHROMIUM ? [env.CHROMIUM] : []
  for (const path of [...named, ...folders.flatMap((folder) => NAMES.map((name) => join(folder, name)))]) {
    const there = await access(path).then(
      () => true,
      () => false,
    )
    if (there) return path
  }
  return null
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/**
 * Starts a Chromium and talks to it through a pipe, which nobody else on the machine can open.
 *
 * @throws IncidentMailerError `FILE_NOT_FOUND` where there is none
 */
export async function openPhotographer(): Promise<Photographer> {
  const path = await findChromium()
  if (path === null) {
    throw new IncidentMailerError(
      'FILE_NOT_FOUND',
      'there is no Chromium to take pictures with; install it, or name it in $CHROMIUM',
    )
  }
  const profile = await mkdtemp(join(tmpdir(), 'incident-mailer-chromium-'))
  const root = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const child = spawn(path, [...FLAGS, ...root, `--user-data-dir=${profile}`], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  })
  const call = protocol(child)
  const { targetId } = await call('Target.createTarget', { url: 'about:blank' })
  const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true })
  const onPage = (method: string, params: object = {}) => call(method, params, String(sessionId))
  await onPage('Emulation.setScriptExecutionDisabled', { value: true })
  await onPage('Network.enable')
  await onPage('Network.emulateNetworkConditions', {
    offline: true,
    latency: 0,
    downloadThroughput: 0,
    uploadThroughput: 0,
  })
  await onPage('Page.enable')
  const { frameTree } = (await onPage('Page.getFrameTree')) as { frameTree: { frame: { id: string } } }

  return {
    async picture(html, { width, scheme }) {
      await onPage('Emulation.setDeviceMetricsOverride', {
        width,
        height: 400,
        deviceScaleFactor: 1,
        mobile: width < 600,
      })
      await onPage('Emulation.setEmulatedMedia', {
        features: [{ name: 'prefers-color-scheme', value: scheme }],
      })
      await onPage('Page.setDocumentContent', { frameId: frameTree.frame.id, html })
      const { cssContentSize } = (await onPage('Page.getLayoutMetrics')) as {
        cssContentSize: { height: number }
      }
      const height = Math.min(Math.max(Math.ceil(cssContentSize.height), 1), TALLEST)
      const clip = { x: 0, y: 0, width, height, scale: 1 }
      const { data } = await onPage('Page.captureScreenshot', {
        format: 'png',
        captureBeyondViewport: true,
        clip,
      })
      return Buffer.from(String(data), 'base64')
    },
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      if (child.exitCode === null) {
        child.kill('SIGKILL')
        await ended
      }
      await rm(profile, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

const FLAGS = [
  '--headless=new',
  '--remote-debugging-pipe',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-quic',
  '--no-first-run',
  '--hide-scrollbars',
  'about:blank',
]

/** In CSS pixels: what Chromium can still draw in one piece. */
const TALLEST = 16_000

type Result = Record<string, unknown>

/** Chromium's DevTools protocol over the pipes 3 and 4: JSON with a NUL behind each message. */
function protocol(child: ChildProcess) {
  const input = child.stdio[3] as Writable
  const output = child.stdio[4] as Readable
  const waiting = new Map<number, { resolve: (result: Result) => void; reject: (error: Error) => void }>()
  let last = 0
  let rest = ''
  output.setEncoding('utf8')
  output.on('data', (chunk: string) => {
    const messages = (rest + chunk).split('\0')
    rest = messages.pop() ?? ''
    for (const message of messages) {
      const { id, result, error } = JSON.parse(message)
      const call = waiting.get(id)
      waiting.delete(id)
      if (error) call?.reject(failed(String(error.message)))
      else call?.resolve(result)
    }
  })
  const gone = () => {
    for (const { reject } of waiting.values()) reject(failed('it has ended'))
    waiting.clear()
  }
  child.once('exit', gone)
  child.once('error', gone)
  input.on('error', gone)
  return (method: string, params: object, sessionId?: string): Promise<Result> => {
    const id = ++last
    input.write(`${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`)
    return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
  }
}

function failed(reason: string): IncidentMailerError {
  return new IncidentMailerError('TRANSPORT_FAILED', `Chromium took no picture: ${reason}`)
}
