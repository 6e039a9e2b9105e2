import { randomUUID } from 'node:crypto'
import { readdir, readFile, realpath, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { codeOf } from './errors.js'
import { claimOf, isAlive, type ProcessClaim } from './process-claim.js'
import { replaceFile } from './replace-file.js'

/**
 * Does work that takes no longer than a minute or so with a file, while no other process of this machine does. Where
 * nobody can write beside the file, nobody is waited for.
 *
 * Whoever wants the file puts a claim beside it, under a name of its own, and then looks around: who sees another living
 * claim takes its own away and tries again. Of two, the second sees the first's, so that never both go on. A claim whose
 * process was killed is taken away by whoever sees it. As no name is used twice, that is never a living one's, which a
 * lock of one name for all would not rule out.
 *
 * @throws the system's error where there is no room for a claim, and an `Error` where others hold the file for too long
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const target = await realpath(path).catch(() => path)
  const release = await claimed(target)
  try {
    return await work()
  } finally {
    await release()
  }
}

async function claimed(target: string): Promise<() => Promise<void>> {
  const claim = await claimOf(randomUUID())
  const name = `${basename(target)}.${claim.run}.lock`
  const file = join(dirname(target), name)
  const withdraw = () => rm(file, { force: true }).catch(() => {})
  const since = performance.now()
  for (;;) {
    let holder = await anyOther(target, name, claim)
    if (holder === null) {
      try {
        await replaceFile(file, JSON.stringify(claim), { followLink: false })
      } catch (thrown) {
        if (isForbidden(thrown)) return async () => {}
        throw thrown
      }
      holder = await anyOther(target, name, claim)
      if (holder === null) return withdraw
      await withdraw()
    }
    if (performance.now() - since > PATIENCE)
      throw new Error(`another process has it all the time (${holder})`)
    await setTimeout(10 + Math.random() * 90)
  }
}

/** The file of another's claim that stands. Those of the dead are taken away. */
async function anyOther(target: string, own: string, claim: ProcessClaim): Promise<string | null> {
  const folder = dirname(target)
  const prefix = basename(target)
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    if (name === own || !name.startsWith(prefix) || !CLAIM.test(name.slice(prefix.length))) continue
    const file = join(folder, name)
    if (await isStanding(file, claim)) return file
    await rm(file, { force: true }).catch(() => {})
  }
  return null
}

async function isStanding(file: string, own: ProcessClaim): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(file)
    if (Date.now() - mtimeMs > LONGEST) return false
    const claim: ProcessClaim = JSON.parse(await readFile(file, 'utf8'))
    const { pid, host, started } = own
    // Another thread of this process, or another part of the program.
    if (claim.pid === pid && claim.host === host && claim.started === started) return true
    return await isAlive(claim)
  } catch (error) {
    return codeOf(error) !== 'ENOENT'
  }
}

function isForbidden(thrown: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR'].includes(codeOf(thrown))
}

/** What follows the file's own name in that of a claim on it. */
const CLAIM = /^\.[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.lock$/

/** After how long a claim stands no more, whoever made it, in milliseconds: on another machine nobody sees who lives. */
const LONGEST = 120_000

/** How long to wait for others, in milliseconds. */
const PATIENCE = 180_000
