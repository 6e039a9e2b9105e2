import { execFile } from 'node:child_process'
import { access, rm, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Debian asks this program before it starts a service; 101 says no (invoke-rc.d(8)). */
const policy = '/usr/sbin/policy-rc.d'

/**
 * Installs Debian packages, and lets none of them start its service: the tests start their own.
 *
 * @throws When apt-get fails; the message ends with what it printed.
 */
export async function installPackages(packages: readonly string[]): Promise<void> {
  const ownPolicy = !(await exists(policy))
  if (ownPolicy) await writeFile(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    await aptGet('update')
    await aptGet('install', '--yes', '--no-install-recommends', ...packages)
  } finally {
    if (ownPolicy) await rm(policy, { force: true })
  }
}

async function aptGet(...args: string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', ['-q', ...args], { env, maxBuffer: 64 * 1024 * 1024 }).catch((error) => {
    const log = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim().split('\n').slice(-40).join('\n')
    throw new Error(`apt-get ${args[0]} failed: ${log || error.message}`)
  })
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}
