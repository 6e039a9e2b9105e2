import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { type Wire, wireOver } from '../../../src/deliver/smtp/wire.js'
import { errorOf } from '../mails.js'

const cleanup: (() => void)[] = []
afterEach(() => {
  for (const stop of cleanup.splice(0).reverse()) stop()
})

const place = { server: 'mail.example.com:25', mask: (words: string) => words }

/** A wire, and the other end of it. */
async function pair(): Promise<{ wire: Wire; peer: Socket }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [[peer]] = await Promise.all([once(server, 'connection'), once(socket, 'connect')])
  cleanup.push(
    () => server.close(),
    () => peer.destroy(),
    () => socket.destroy(),
  )
  return { wire: wireOver(socket, place), peer: peer.on('error', () => {}).setNoDelay(true) }
}

describe('replies', () => {
  it('come in their order, however they are cut on the way', async () => {
    const { wire, peer } = await pair()
    const replies = ['220 hello', '250-one\n250-two\n250 three', '550 5.1.1 no', '354 go', '250 ok']
    const text = `${replies.map((reply) => reply.replaceAll('\n', '\r\n')).join('\r\n\r\n')}\r\n`
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(text.length), { maxLength: 6 }), async (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), text.length]
        for (const [index, end] of places.slice(1).entries()) {
          peer.write(text.slice(places[index], end))
          await new Promise(setImmediate)
        }
        for (const reply of replies) expect(await wire.reply()).toBe(reply)
        expect(wire.unread()).toBe(false)
      }),
      { numRuns: 30 },
    )
  })

  it('are UTF-8 where they are valid, and else octet for octet', async () => {
    const { wire, peer } = await pair()
    peer.write(Buffer.concat([Buffer.from('220 Grüße\r\n'), Buffer.from('250 Gr\xfc\xdfe\r\n', 'latin1')]))
    expect(await wire.reply()).toBe('220 Grüße')
    expect(await wire.reply()).toBe('250 Gr\xfc\xdfe')
  })

  it('that were there before the end are read, and then the end is told', async () => {
    const { wire, peer } = await pair()
    peer.end('421 bye\r\n25')
    await once(wire.socket, 'close')
    expect(wire.alive()).toBe(false)
    expect(await wire.reply()).toBe('421 bye')
    expect(await errorOf(wire.reply())).toMatchObject({ code: 'CONNECTION_FAILED', temporary: true })
  })

  it('are bounded while nobody reads them, however many there were before', async () => {
    const { wire, peer } = await pair()
    for (let count = 0; count < 20; count++) {
      peer.write(`250 ${'x'.repeat(100_000)}\r\n`)
      expect(await wire.reply()).toHaveLength(100_004)
    }
    expect(wire.alive()).toBe(true)
  })

  it.each([
    ['one that never ends', 'x'],
    ['one that goes on for ever', '250-x\r\n'],
    ['many that nobody asked for', '250 x\r\n'],
  ])('are bounded: %s ends the connection', async (_, words) => {
    const { wire, peer } = await pair()
    const flood = words.repeat(64 * 1024)
    const pour = () => {
      while (!peer.destroyed && peer.write(flood));
    }
    peer.on('drain', pour)
    pour()
    await expect.poll(() => wire.alive()).toBe(false)
    const last = async () => {
      for (;;) await wire.reply()
    }
    expect(await errorOf(last())).toMatchObject({ code: 'PROTOCOL_ERROR' })
  })
})

describe('commands', () => {
  it('go out in one go', async () => {
    const { wire, peer } = await pair()
    wire.say('MAIL FROM:<a@example.com>', 'RCPT TO:<grüße@example.com>', 'DATA')
    const [chunk] = await once(peer, 'data')
    expect(String(chunk)).toBe('MAIL FROM:<a@example.com>\r\nRCPT TO:<grüße@example.com>\r\nDATA\r\n')
  })

  it('are lines: none can hold another', async () => {
    const { wire } = await pair()
    for (const command of ['NOOP\r\nQUIT', 'NOOP\n', 'NOOP\rQUIT'])
      expect(() => wire.say('NOOP', command)).toThrow(TypeError)
    expect(wire.socket.bytesWritten).toBe(0)
  })
})

describe('octets of a message', () => {
  it('wait while there is no room, until there is', async () => {
    const { wire, peer } = await pair()
    peer.pause()
    const large = Buffer.alloc(30_000_000, 'x')
    let written = false
    const writing = wire.write(large).then(() => {
      written = true
    })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(written).toBe(false)
    peer.resume()
    await writing
    expect(wire.socket.writableLength).toBe(0)
  })

  it('wait no longer when the server has something to say, or is gone', async () => {
    const { wire, peer } = await pair()
    peer.pause()
    const writing = wire.write(Buffer.alloc(30_000_000, 'x'))
    peer.write('552 5.3.4 Too much\r\n')
    await writing
    expect(wire.early()).toBe('552 5.3.4 Too much')
    const more = wire.write(Buffer.alloc(30_000_000, 'x'))
    peer.destroy()
    expect((await errorOf(more)).code).toBe('CONNECTION_FAILED')
    expect(() => wire.write(Buffer.from('x'))).toThrow('closed the connection')
  })
})

describe('a signal', () => {
  it('ends the work, and is left alone afterwards', async () => {
    const { wire } = await pair()
    const controller = new AbortController()
    await wire.heeding(controller.signal, async () => {})
    controller.abort()
    expect(wire.alive()).toBe(true)
    const again = new AbortController()
    const work = wire.heeding(again.signal, () => wire.reply())
    again.abort()
    expect(await errorOf(work)).toMatchObject({ code: 'ABORTED' })
    expect(wire.alive()).toBe(false)
  })
})
