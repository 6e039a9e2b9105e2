import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { readSnapshot, type SnapshotMail } from '../mail-snapshot.js'

/** A mail that `toMatchMailSnapshot` recorded. */
export interface RecordedMail {
  /** Its file in the folder, with `/`, and behind a `#` the name of its test where the file holds several. */
  readonly key: string
  readonly mail: SnapshotMail
}

/** The mails that tests in a folder recorded: in files of their own, and among vitest's snapshots. */
export async function recordedMails(folder: string): Promise<RecordedMail[]> {
  const files = await filesIn(folder, DEEPEST)
  const found = await Promise.all(
    files.slice(0, MOST).map(async (file) => {
      const text = await readText(file)
      if (text === null) return []
      const key = relative(folder, file).split(sep).join('/')
      if (file.endsWith('.snap')) return mailsIn(text, key)
      const mail = readSnapshot(text)
      return mail === null ? [] : [{ key, mail }]
    }),
  )
  return found.flat()
}

/** What stands among a test file's snapshots: a module of template literals, in which a text has quotes around it. */
function mailsIn(text: string, file: string): RecordedMail[] {
  const mails: RecordedMail[] = []
  for (const [, name = '', quoted = ''] of text.matchAll(SNAPSHOT)) {
    const content = unescaped(quoted).trim()
    const mail = content.startsWith('"') ? readSnapshot(content.slice(1, -1)) : null
    if (mail) mails.push({ key: `${file}#${unescaped(name)}`, mail })
  }
  return mails
}

const SNAPSHOT = /^exports\[`((?:\\[\s\S]|[^`\\])*)`\] = `((?:\\[\s\S]|[^`\\])*)`;$/gm

function unescaped(literal: string): string {
  return literal.replace(/\\([\s\S])/g, '$1')
}

async function readText(file: string): Promise<string | null> {
  try {
    return (await stat(file)).size > LARGEST ? null : await readFile(file, 'utf8')
  } catch {
    // It went between listing and reading.
    return null
  }
}

/** Text files and snapshots in a folder and below it, but for what tools fill. */
async function filesIn(folder: string, depth: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const files = entries
    .filter((entry) => entry.isFile() && /\.(?:txt|snap)$/.test(entry.name))
    .map(({ name }) => join(folder, name))
  if (depth === 0) return files.sort()
  const below = entries.filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules',
  )
  const deeper = await Promise.all(below.map(({ name }) => filesIn(join(folder, name), depth - 1)))
  return [...files.sort(), ...deeper.flat()]
}

// Levels of folders, files in all, and octets of one.
const DEEPEST = 5
const MOST = 500
const LARGEST = 2_000_000
