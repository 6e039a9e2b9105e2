import type { ServerResponse } from 'node:http'
import { watchPlaces } from '../watch-places.js'
import type { Workspace } from '../workspace.js'
import { SAFE_HEADERS } from './answer.js'

/** Tells pages when a file has changed. */
export interface Live {
  /** Keeps a page's connection, and tells it of changes until it goes. */
  subscribe(response: ServerResponse): void
  close(): void
}

/**
 * Watches what a mail is made of: templates and their partials, incidents, the config file. Editors write in several
 * steps and several files, so that what comes close together is one change.
 */
export async function createLive(workspace: Workspace): Promise<Live> {
  const pages = new Set<ServerResponse>()
  let timer: NodeJS.Timeout | undefined
  let settings = false
  const watcher = watchPlaces((path) => {
    settings ||= workspace.isSetting(path)
    clearTimeout(timer)
    timer = setTimeout(changed, QUIET)
  })
  await watcher.set(await workspace.watched())

  async function changed(): Promise<void> {
    // Templates and incidents are read anew by themselves, and what is compiled of the others is kept.
    if (settings) workspace.reload()
    settings = false
    for (const page of pages) page.write('event: change\ndata: {}\n\n')
    // The config may name other folders now.
    await watcher.set(await workspace.watched())
  }

  return {
    subscribe(response) {
      response.writeHead(200, { ...SAFE_HEADERS, 'Content-Type': 'text/event-stream' })
      response.write('event: open\ndata: {}\n\n')
      pages.add(response)
      response.on('close', () => pages.delete(response))
    },
    close() {
      clearTimeout(timer)
      for (const page of pages) page.end()
      watcher.close()
    },
  }
}

/** How long nothing has to change before pages are told, in milliseconds. */
const QUIET = 10
