import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { freePort, startDaemon } from './daemon.js'

/** What a proxy does with a request for CONNECT. */
export type ProxyAnswer = (request: IncomingMessage, client: Duplex) => void

/** A proxy on loopback. */
export interface TestProxy {
  /** `127.0.0.1:3128`. */
  readonly address: string
  stop(): Promise<unknown>
}

/** Sends client and mail server what the other says. `NAME.test` is a name that this proxy alone knows. */
export const tunnel: ProxyAnswer = ({ url = '' }, client) => {
  const server = connect(destination(url))
  server.setNoDelay(true)
  // The greeting comes in one piece with the answer, as it may.
  server.once('data', (greeting) => {
    client.write(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), greeting]))
    server.pipe(client)
    client.pipe(server)
  })
  for (const side of [server, client])
    side.on('error', () => {}).on('close', () => (side === server ? client : server).destroy())
}

/** The same for servers that do not speak first. */
export const silentTunnel: ProxyAnswer = ({ url = '' }, client) => {
  const server = connect(destination(url), () => {
    client.write('HTTP/1.1 200 OK\r\n\r\n')
    server.pipe(client)
    client.pipe(server)
  })
  server.on('error', () => {}).on('close', () => client.destroy())
}

function destination(authority: string) {
  const [, host = '', port] = /^(.*):(\d+)$/.exec(authority) ?? []
  return { host: host.endsWith('.test') ? '127.0.0.1' : host, port: Number(port) }
}

/** Says so, and hangs up. */
export const answer =
  (text: string): ProxyAnswer =>
  (_, client) =>
    void client.end(text)

/** A proxy of Node's for CONNECT; with `user:password` one that asks for them. It keeps what it was asked for. */
export async function startHttpProxy(does: ProxyAnswer, credentials?: string) {
  const asked: { url: string; authorization: string | undefined }[] = []
  const passed: Buffer[] = []
  const sockets = new Set<Duplex>()
  const server = createServer()
  server.on('connect', (request: IncomingMessage, client: Duplex) => {
    sockets.add(client.on('error', () => {}))
    const authorization = request.headers['proxy-authorization']
    asked.push({ url: request.url ?? '', authorization })
    const wanted = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`
    if (wanted && authorization !== wanted)
      return answer(`HTTP/1.1 407 Not you, ${authorization}\r\n\r\n`)(request, client)
    client.on('data', (chunk: Buffer) => passed.push(chunk))
    does(request, client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    asked,
    /** What the client sent through it. */
    passed: () => Buffer.concat(passed),
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

/** Debian's microsocks. */
export async function startSocksProxy(folder: string, ...args: readonly string[]): Promise<TestProxy> {
  const port = await freePort()
  const command = ['microsocks', '-i', '127.0.0.1', '-p', String(port), ...args] as const
  const daemon = await startDaemon({ command, logFile: join(folder, 'log'), ports: [port] })
  return { address: `127.0.0.1:${port}`, stop: daemon.stop }
}
