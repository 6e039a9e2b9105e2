import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Where this package lies, with its templates, its page and its package.json. Looked for from here upwards, since
 * the code is bundled: which of the package's files it stands in, it does not know.
 */
export const packageFolder = ownFolder(dirname(fileURLToPath(import.meta.url)))

function ownFolder(folder: string): string {
  if (nameOfPackage(folder) === 'incident-mailer') return folder
  const parent = dirname(folder)
  if (parent !== folder) return ownFolder(parent)
  // Another package's folder would do for ours, with its files for our templates.
  throw new Error(
    "incident-mailer lies in a bundle, without its files; have your bundler leave it out ('external')",
  )
}

function nameOfPackage(folder: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name
  } catch {
    return undefined
  }
}
