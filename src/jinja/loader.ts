import { readFileSync, realpathSync, statSync } from 'node:fs'
import { isAbsolute, resolve, sep } from 'node:path'
import { type CompiledTemplate, compileTemplate } from './compiler/compile.js'
import type { Language } from './compiler/language.js'
import { TemplateError } from './template-error.js'

/** Finds the template of that name. */
export type Loader = (name: string) => CompiledTemplate

interface Cached {
  readonly stamp: string
  readonly template: CompiledTemplate
}

/**
 * Loads templates by the real path of their files, which has to lie in one of the folders: neither `..`, an
 * absolute name nor a symbolic link leads out of them. A file is compiled once, and again after it changed.
 */
export function createLoader(folders: readonly string[], language: Language): Loader {
  const cache = new Map<string, Cached>()
  // Of names that the first folder has, nothing but a change of that very file can mean another file.
  const first = new Map<string, { readonly file: string; readonly stamp: string }>()

  function load(name: string): CompiledTemplate {
    const file = find(name, folders)
    if (file === undefined) {
      throw new TemplateError(
        `there is no template ${JSON.stringify(name.slice(0, 80))} in the template folders`,
        { kind: 'missing' },
      )
    }
    const stamp = stampOf(file) ?? ''
    if (find(name, folders.slice(0, 1)) === file) first.set(name, { file, stamp })
    const known = cache.get(file)
    if (known?.stamp === stamp) return known.template
    const template = compileTemplate(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''), name, language)
    cache.set(file, { stamp, template })
    return template
  }

  return (name) => {
    const found = first.get(name)
    const known = found && cache.get(found.file)
    return known && known.stamp === found.stamp && stampOf(found.file) === found.stamp
      ? known.template
      : load(name)
  }
}

/** What changes when a file does; JavaScript's undefined where it is gone. */
function stampOf(file: string): string | undefined {
  const stats = statSync(file, { throwIfNoEntry: false })
  return stats && `${stats.mtimeMs} ${stats.size} ${stats.ino}`
}

function find(name: string, folders: readonly string[]): string | undefined {
  // A template is named from within its folders; a NUL would end the name early for the file system.
  if (isAbsolute(name) || name.includes('\0')) return undefined
  for (const folder of folders) {
    const root = realPath(folder)
    const file = root === undefined ? undefined : realPath(resolve(root, name))
    if (root === undefined || file === undefined) continue
    // With the separator: `../templates-private` begins like `templates` too.
    if (file.startsWith(root.endsWith(sep) ? root : root + sep) && statSync(file).isFile()) return file
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
