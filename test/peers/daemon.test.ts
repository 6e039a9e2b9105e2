import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort, startDaemon } from './daemon.js'

describe('a daemon of the tests', () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'daemon-'))
  })

  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  it('answers when it is started, and is gone with its children when it is stopped', async () => {
    const port = await freePort()
    // The child listens, and nobody ever tells it to stop.
    const listen = `require('node:net').createServer().listen(${port}, '127.0.0.1')`
    const script = `"${process.execPath}" -e "${listen}" & wait`
    const daemon = await startDaemon({
      command: ['/bin/sh', '-c', script],
      logFile: join(folder, 'parent.log'),
      ports: [port],
    })
    await daemon.stop()
    await expect.poll(() => connectTo(port)).toBe('ECONNREFUSED')
  })

  it('says what the program printed when it does not start', async () => {
    const starting = startDaemon({
      command: ['/bin/sh', '-c', 'echo no such mailbox; exit 3'],
      logFile: join(folder, 'failing.log'),
      ports: [await freePort()],
    })
    await expect(starting).rejects.toThrow(/did not start:\nno such mailbox/)
  })
})

async function connectTo(port: number): Promise<string | undefined> {
  const socket = createConnection(port, '127.0.0.1')
  return await once(socket, 'connect')
    .then(
      () => 'connected',
      (error: NodeJS.ErrnoException) => error.code,
    )
    .finally(() => socket.destroy())
}
