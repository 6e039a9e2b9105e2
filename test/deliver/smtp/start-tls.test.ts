import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { smtpSettings } from '../../../src/deliver/smtp/settings.js'
import { startTls } from '../../../src/deliver/smtp/start-tls.js'
import { errorOf } from '../mails.js'

const cleanup: (() => void)[] = []
afterEach(() => {
  for (const stop of cleanup.splice(0).reverse()) stop()
})

/** A connection that nobody has read from yet, and what the server did meanwhile has arrived. */
async function connection(greet: (socket: Socket) => void): Promise<Socket> {
  const server = createServer().listen(0, '127.0.0.1')
  const peer = once(server, 'connection').then(([socket]) => socket.on('error', () => {}))
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {})
  cleanup.push(
    () => server.close(),
    () => socket.destroy(),
  )
  await once(socket, 'connect')
  greet(await peer)
  await new Promise((resolve) => setTimeout(resolve, 50))
  return socket
}

describe('a server that closed before the handshake', () => {
  const settings = smtpSettings({ host: 'localhost', tls: 'implicit' })
  const place = { server: 'mail.example.com:465', mask: (words: string) => words, implicit: true }
  const attempt = (socket: Socket) => errorOf(startTls(socket, settings, {}, place, undefined))

  it.each([
    ['by a close', (socket: Socket) => void socket.end()],
    ['by a reset', (socket: Socket) => void socket.resetAndDestroy()],
  ])('%s is noticed at once', async (_, greet) => {
    const socket = await connection(greet)
    const error = await attempt(socket)
    expect(error).toMatchObject({ code: 'TLS_FAILED', temporary: true })
    expect(error.message).toBe(
      'mail.example.com:465 broke off the TLS handshake; check transport.tls and transport.port',
    )
    expect(socket.destroyed).toBe(true)
  })

  it('after words of its own is told of by those', async () => {
    const socket = await connection((socket) => void socket.end('220 mail.example.com ESMTP\r\n'))
    expect((await attempt(socket)).message).toBe(
      'mail.example.com:465 does not speak TLS on this port; try transport.tls: starttls',
    )
  })
})
