import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { packageFolder } from '../../package-folder.js'
import { type Answer, PAGE_POLICY } from './answer.js'

const folder = join(packageFolder, 'preview')

/** One of the page's own files, or null. */
export async function asset(name: string): Promise<Answer | null> {
  // Compared with what is there, so that a name is never a path.
  const file = name === '' ? 'index.html' : name
  const type = TYPES[extname(file)]
  if (type === undefined || !(await readdir(folder)).includes(file)) return null
  return { type, body: await readFile(join(folder, file)), policy: PAGE_POLICY }
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}
