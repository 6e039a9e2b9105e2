import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, resolve } from 'node:path'
import type { TestProject } from 'vitest/node'
import { installPackages } from './install-packages.js'
import { type Peer, type PeerName, peerList, peerNames } from './peer-list.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** Which peers are there: `inject('peers').postfix`. */
    peers: Record<PeerName, boolean>
  }
}

/**
 * Runs once before all tests: finds the peers, installs those that are missing where it can, and says by
 * name what will be skipped where it cannot. In CI nothing may be skipped.
 */
export default async function setup(project: TestProject): Promise<void> {
  let missing = peerNames.filter((name) => !isThere(name))
  if (missing.length > 0) {
    const reason = await install(missing)
    missing = peerNames.filter((name) => !isThere(name))
    if (missing.length > 0) {
      const message = `Missing test peers: ${missing.join(', ')}. ${reason}`
      if (process.env.CI === 'true') throw new Error(`${message}\nIn CI every peer has to be there.`)
      console.warn(`${message}\nThe tests that need them are skipped.`)
    }
  }
  const peers = Object.fromEntries(peerNames.map((name) => [name, !missing.includes(name)]))
  project.provide('peers', peers as Record<PeerName, boolean>)
}

/** Returns why what is still missing afterwards is. */
async function install(missing: readonly PeerName[]): Promise<string> {
  const packages = missing.flatMap((name) => peerList[name].packages)
  const hint = `To install them as root: apt-get install ${packages.join(' ')}`
  if (process.getuid?.() !== 0) return `Not root, so nothing was installed. ${hint}`
  if (!isProgram('apt-get')) return `No apt-get here. Debian's packages: ${packages.join(' ')}`
  console.log(`Installing test peers: ${packages.join(' ')}`)
  try {
    await installPackages(packages)
    return 'They were installed and still do not have the programs that the tests need.'
  } catch (error) {
    return `They could not be installed. ${error instanceof Error ? error.message : error}`
  }
}

function isThere(name: PeerName): boolean {
  const { programs, root, check }: Peer = peerList[name]
  return (!root || process.getuid?.() === 0) && programs.every(isProgram) && succeeds(check)
}

function succeeds([program, ...args]: readonly string[] = []): boolean {
  return program === undefined || spawnSync(program, args, { stdio: 'ignore' }).status === 0
}

function isProgram(name: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
  return folders.some((folder) => {
    try {
      accessSync(resolve(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
