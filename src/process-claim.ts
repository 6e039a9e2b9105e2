import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { codeOf } from './errors.js'

/** A process's claim on a file: who it is, so that another can tell whether it still lives. */
export interface ProcessClaim {
  /** Unique. */
  readonly run: string
  readonly pid: number
  readonly host: string
  /** When the process started, as the system counts it; null where it does not say. A process id is used again. */
  readonly started: string | null
  /** When the claim was made, ISO 8601. */
  readonly at: string
}

/** This process's claim. */
export async function claimOf(run: string): Promise<ProcessClaim> {
  const { pid } = process
  return { run, pid, host: hostname(), started: await startOf(pid), at: new Date().toISOString() }
}

/** Whether the process that made a claim is still there. On another machine nobody can see: it counts as there. */
export async function isAlive({ pid, host, started }: ProcessClaim): Promise<boolean> {
  if (host !== hostname()) return true
  // In a container that was started again, everyone is process 1.
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false
  }
  return started === null || (await startOf(pid)) === started
}

/** Linux tells it, in ticks since the machine was started, which its boot id names (proc(5)). */
async function startOf(pid: number): Promise<string | null> {
  try {
    const [boot, status] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ])
    // Behind the command's name, which may hold anything, the start is the 20th field.
    const ticks = status.slice(status.lastIndexOf(')') + 2).split(' ')[19]
    return `${boot.trim()} ${ticks}`
  } catch {
    return null
  }
}
