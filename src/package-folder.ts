import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Where this package lies, with its templates, its page and its package.json. Looked for from here upwards, since
 * the code is bundled: which of the package's files it stands in, it does not know.
 */
export const packageFolder = nearestPackage(dirname(fileURLToPath(import.meta.url)))

function nearestPackage(folder: string): string {
  const parent = dirname(folder)
  return existsSync(join(folder, 'package.json')) || parent === folder ? folder : nearestPackage(parent)
}
