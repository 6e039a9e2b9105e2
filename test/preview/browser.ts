import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { type StartPreviewOptions, startPreview } from '../../src/preview/server/start-preview.js'

/** A folder with its preview, open in a browser. */
export interface OpenPreview {
  readonly page: Page
  readonly url: string
  readonly folder: string
  /** Writes a file of the folder; what is no string is written as JSON. */
  write(name: string, content: unknown): Promise<void>
  /** What went wrong in the page: errors, and what its policy stopped. */
  readonly complaints: string[]
}

/** What a preview is opened with. */
export interface OpenOptions extends Omit<StartPreviewOptions, 'cwd'> {
  /** The folder's files. Default: none. */
  readonly files?: Readonly<Record<string, unknown>>
  /** What stands behind the address's `#`. Default: nothing. */
  readonly choice?: Readonly<Record<string, string>>
  readonly browser?: BrowserContextOptions
}

/** Starts Chromium for the tests of a file, and previews to look at in it. */
export function previewInChromium() {
  let browser: Browser
  const cleanups: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
    })
  })
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  })
  afterAll(async () => {
    await browser?.close()
  })

  async function open({
    files = {},
    choice = {},
    browser: look,
    ...options
  }: OpenOptions = {}): Promise<OpenPreview> {
    const folder = await mkdtemp(join(tmpdir(), 'preview-'))
    cleanups.push(() => rm(folder, { recursive: true, force: true }))
    const write = async (name: string, content: unknown) => {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
    }
    for (const [name, content] of Object.entries(files)) await write(name, content)
    const server = await startPreview({ cwd: folder, ...options })
    cleanups.push(() => server.close())
    const context = await browser.newContext(look)
    cleanups.push(() => context.close())
    const page = await context.newPage()
    page.setDefaultTimeout(10_000)
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    await page.goto(`${server.url}#${new URLSearchParams(choice)}`)
    await page.locator('.mail-head, .problem').first().waitFor()
    return { page, url: server.url, folder, write, complaints }
  }

  return { open, newContext: (options?: BrowserContextOptions) => browser.newContext(options) }
}

/** The mail in its frame. */
export function mailIn(page: Page) {
  return page.frameLocator('.desk iframe:not(.coming)')
}
