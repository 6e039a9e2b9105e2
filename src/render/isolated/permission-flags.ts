import { existsSync, realpathSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { packageFolder } from '../../package-folder.js'

/**
 * Flags of Node's permission model for a process that may read this package, what it depends on, and the given
 * folders; and may neither write, start processes and threads, nor load native code. The network stays open where
 * Node is too old to close it.
 */
export function permissionFlags(folders: readonly string[]): string[] {
  const own = ['dist', 'templates', 'package.json'].map((name) => join(packageFolder, name))
  const readable = [...own, ...moduleFolders(packageFolder), ...folders].flatMap((path) => {
    if (!existsSync(path)) return []
    // As it is named and as it is: package managers link.
    return [resolve(path), realpathSync(path)]
  })
  // Node 20 has it under its first name alone, and warns of it.
  const flag = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission'
  // Node 20 breaks off where a folder is named twice, and refuses one of which a part is named too.
  const outermost = [...new Set(readable)].filter(
    (path) => !readable.some((other) => path.startsWith(other + sep)),
  )
  return [flag, '--no-warnings', ...outermost.map((path) => `--allow-fs-read=${path}`)]
}

/** Every `node_modules` that Node looks in for a package's dependencies. */
function moduleFolders(folder: string): string[] {
  const parent = dirname(folder)
  const here = join(folder, 'node_modules')
  return parent === folder ? [here] : [here, ...moduleFolders(parent)]
}
