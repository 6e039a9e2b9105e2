import { expect, it } from 'vitest'
import { deliver } from '../../../src/deliver/deliver.js'
import { startScriptedServer } from '../../peers/scripted-server.js'
import { mail } from '../mails.js'

// In a file of its own, as it looks at all that the process has open.
it('an idle connection does not keep the process from ending', async () => {
  const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
  const server = await startScriptedServer({
    // Both ends of the connection are in this process, and both in use.
    mail: (socket) => {
      during = sockets()
      socket.write('250 2.1.0 Ok\r\n')
    },
  })
  let during = 0
  const before = sockets()
  const send = deliver({ transport: { host: '127.0.0.1', port: server.port } })
  await send(mail(), {})
  expect(during - before).toBe(2)
  // The server's end is still open, ours no longer counts.
  expect(sockets() - before).toBe(1)
  await send(mail(), {})
  expect(during - before).toBe(2)
  expect(server.sessions).toHaveLength(1)
  await send.close()
  await server.stop()
})
