import { readFileSync, realpathSync, type Stats, statSync } from 'node:fs'
import { isAbsolute, resolve, sep } from 'node:path'
import { type CompiledTemplate, compileTemplate } from './compiler/compile.js'
import type { Language } from './compiler/language.js'
import { TemplateError } from './template-error.js'

/** Finds the template of that name. */
export type Loader = (name: string) => CompiledTemplate

/** What changes when a file does. */
type Stamp = Pick<Stats, 'mtimeMs' | 'size' | 'ino'>

interface Cached {
  readonly stamp: Stamp | undefined
  readonly template: CompiledTemplate
}

/**
 * Loads templates by the real path of their files, which has to lie in one of the folders: neither `..`, an
 * absolute name nor a symbolic link leads out of them. A file is compiled once, and again after it changed.
 */
export function createLoader(folders: readonly string[], language: Language): Loader {
  const cache = new Map<string, Cached>()
  // By name: what the first folder has. Nothing but a change of that very file can mean another file.
  const first = new Map<string, Cached & { readonly path: string }>()

  function load(name: string): CompiledTemplate {
    const found = find(name, folders)
    if (!found) {
      throw new TemplateError(
        `there is no template ${JSON.stringify(name.slice(0, 80))} in the template folders`,
        { kind: 'missing' },
      )
    }
    const { file, folder } = found
    const stamp = stampOf(file)
    const known = cache.get(file)
    const template =
      known && isSame(known.stamp, stamp)
        ? known.template
        : compileTemplate(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''), name, language)
    cache.set(file, { stamp, template })
    if (folder === folders[0]) {
      // A template may write as many names as it likes for one file: `x/../page`.
      if (first.size >= mostNames) first.clear()
      first.set(name, { path: resolve(folder, name), stamp, template })
    }
    return template
  }

  return (name) => {
    const found = first.get(name)
    return found && isSame(found.stamp, stampOf(found.path)) ? found.template : load(name)
  }
}

const mostNames = 1_000

/** JavaScript's undefined where the file is gone. */
function stampOf(file: string): Stamp | undefined {
  return statSync(file, { throwIfNoEntry: false })
}

function isSame(one: Stamp | undefined, other: Stamp | undefined): boolean {
  if (!one || !other) return false
  return one.mtimeMs === other.mtimeMs && one.size === other.size && one.ino === other.ino
}

/** The real path of a template, and the folder that has it. */
function find(name: string, folders: readonly string[]): { file: string; folder: string } | undefined {
  // A template is named from within its folders; a NUL would end the name early for the file system.
  if (isAbsolute(name) || name.includes('\0')) return undefined
  for (const folder of folders) {
    const root = realPath(folder)
    const file = root === undefined ? undefined : realPath(resolve(root, name))
    if (root === undefined || file === undefined) continue
    // With the separator: `../templates-private` begins like `templates` too.
    const isInside = file.startsWith(root.endsWith(sep) ? root : root + sep)
    if (isInside && statSync(file).isFile()) return { file, folder }
  }
  return undefined
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path)
  } catch {
    return undefined
  }
}
