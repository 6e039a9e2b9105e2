import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { createConnection, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** A server program that runs for the tests. */
export interface Daemon {
  /** What it printed so far. */
  log(): Promise<string>
  /** Ends it and all its children. */
  stop(): Promise<void>
}

export interface DaemonOptions {
  /** The program and its arguments. It must stay in the foreground. */
  readonly command: readonly [string, ...string[]]
  /** Where its output goes. A pipe would be held open by its children. */
  readonly logFile: string
  /** The loopback ports that answer once it is ready. */
  readonly ports: readonly number[]
}

/**
 * Keeps a daemon only as long as we live: our end of its stdin closes when the test run ends, however it
 * ends, and then the daemon is told to stop. What does not follow is killed as a process group.
 */
const supervisor = `
exec 3<&0
setsid "$@" </dev/null 3<&- & daemon=$!
( read -r _ <&3; kill -s TERM "$daemon" ) 2>/dev/null & watcher=$!
wait "$daemon"; status=$?
kill "$watcher"; kill -s KILL -- "-$daemon"
exit "$status"
`

/** Starts a server program and waits until it answers. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const output = await open(options.logFile, 'a')
  const child = spawn('/bin/sh', ['-c', supervisor, 'sh', ...options.command], {
    stdio: ['pipe', output.fd, output.fd],
  })
  await output.close()
  const daemon: Daemon = {
    log: () => readFile(options.logFile, 'utf8'),
    async stop() {
      if (hasEnded(child)) return
      const ended = once(child, 'exit')
      child.stdin?.end()
      await ended
    },
  }
  try {
    for (const port of options.ports) await untilItListens(port, child)
    return daemon
  } catch (error) {
    await daemon.stop()
    throw new Error(`${options.command[0]} did not start:\n${await daemon.log()}`, { cause: error })
  }
}

async function untilItListens(port: number, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await listens(port))) {
    if (hasEnded(child)) throw new Error('it ended at once')
    if (Date.now() > deadline) throw new Error(`nothing listens at port ${port}`)
    await delay(20)
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

async function listens(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1')
  return await once(socket, 'connect')
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy())
}

/**
 * A loopback port that nobody uses, from below the range out of which the system takes ports for outgoing
 * connections: none of those can take it before the daemon does.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const server = createServer().listen(port, '127.0.0.1')
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!free) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
