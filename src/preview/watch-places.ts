import { type FSWatcher, watch } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Watches until it is closed. */
export interface PlaceWatcher {
  /** Watches these files and folders, and what no longer is among them not any more. */
  set(places: readonly string[]): Promise<void>
  close(): void
}

/**
 * Watches files, and folders with what is in them. A file is watched by its folder: editors put a new one in its
 * place, and it may not be there yet. Node's own recursive watching misses folders that are new on Linux.
 *
 * @param changed - called with the path of each change; several come where a person did one thing
 */
export function watchPlaces(changed: (path: string) => void): PlaceWatcher {
  const watchers = new Map<string, FSWatcher>()
  /** For each folder the names that count; null for all. */
  let wanted = new Map<string, ReadonlySet<string> | null>()

  function open(folder: string): void {
    if (watchers.has(folder)) return
    try {
      const watcher = watch(folder, (kind, name) => {
        const names = wanted.get(folder)
        if (names !== null && name !== null && !names?.has(name)) return
        changed(join(folder, name ?? ''))
        // It may be a new folder.
        if (kind === 'rename' && names === null) void addBelow(folder)
      })
      watcher.on('error', () => close(folder))
      watchers.set(folder, watcher)
    } catch {
      // It is not there, or the system watches no more: a reload of the page does the rest.
    }
  }

  async function addBelow(folder: string): Promise<void> {
    for (const below of await foldersIn(folder, DEEPEST)) {
      wanted.set(below, null)
      open(below)
    }
  }

  function close(folder: string): void {
    watchers.get(folder)?.close()
    watchers.delete(folder)
  }

  return {
    async set(places) {
      wanted = await foldersOf(places)
      for (const folder of [...watchers.keys()]) if (!wanted.has(folder)) close(folder)
      for (const folder of wanted.keys()) open(folder)
    },
    close() {
      for (const folder of [...watchers.keys()]) close(folder)
    },
  }
}

async function foldersOf(places: readonly string[]): Promise<Map<string, ReadonlySet<string> | null>> {
  const folders = new Map<string, ReadonlySet<string> | null>()
  for (const place of places) {
    if (await isFolder(place)) {
      for (const folder of await foldersIn(place, DEEPEST)) folders.set(folder, null)
      continue
    }
    const folder = dirname(place)
    const names = folders.get(folder)
    if (names !== null) folders.set(folder, new Set([...(names ?? []), basename(place)]))
  }
  return folders
}

/** A folder and those in it, but for those that tools fill. */
async function foldersIn(folder: string, depth: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const below = entries.filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules',
  )
  const deeper =
    depth === 0 ? [] : await Promise.all(below.map(({ name }) => foldersIn(join(folder, name), depth - 1)))
  return [folder, ...deeper.flat()].slice(0, MOST)
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  )
}

// Levels of folders below one, and folders in all.
const DEEPEST = 5
const MOST = 1_000
