import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** What the server does when its turn comes: sends a reply, or misbehaves in a way of its own. */
export type Turn = string | ((socket: Socket, line: string) => void)

/** An SMTP server that does what a well-behaved one never would. What is left out goes well. */
export interface Script {
  readonly greeting?: Turn
  /** The keywords that EHLO is answered with. */
  readonly extensions?: readonly string[]
  readonly ehlo?: Turn
  readonly starttls?: Turn
  /** Every line of an authentication, as a server that asks for one line answers it. */
  readonly auth?: Turn
  readonly mail?: Turn
  /** The reply for each address; others are accepted. */
  readonly rcpt?: Readonly<Record<string, Turn>>
  readonly data?: Turn
  /** What happens as soon as so many octets of the message are there. */
  readonly during?: { readonly octets: number; readonly turn: Turn }
  /** The reply to the final dot. */
  readonly message?: Turn
  /** A reply is followed by the end of the connection; a turn of its own is not. */
  readonly quit?: Turn
  /** Key and certificate in PEM, for STARTTLS or, when `implicit`, from the first octet. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly implicit?: boolean }
}

export interface ScriptedServer {
  readonly port: number
  /** The commands of each connection, in the order they came. */
  readonly sessions: readonly (readonly string[])[]
  /** Each message that came to its final dot, dots still stuffed. */
  readonly messages: readonly string[]
  /** Every command of every connection that begins like this. */
  commands(verb: string): readonly string[]
  stop(): Promise<void>
}

/** Cuts the connection. */
export const drop: Turn = (socket) => void socket.destroy()

/** Says nothing, ever again. */
export const silence: Turn = (socket) => void socket.removeAllListeners('data').resume()

/** Sends one octet of an endless reply every few milliseconds: busy, and never done. */
export const trickle: Turn = (socket) => {
  socket.removeAllListeners('data').resume()
  const timer = setInterval(() => socket.write('2'), 5)
  socket.once('close', () => clearInterval(timer))
}

/** Sends a reply and cuts the connection. */
export const lastWords =
  (reply: string): Turn =>
  (socket) =>
    void socket.end(`${reply}\r\n`)

/** Starts a server on loopback that follows the script on every connection. */
export async function startScriptedServer(script: Script = {}): Promise<ScriptedServer> {
  const sessions: string[][] = []
  const messages: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((plain) => {
    // Otherwise each mail seems to cost the 40 ms that a delayed acknowledgement takes.
    plain.setNoDelay(true)
    sockets.add(plain.once('close', () => sockets.delete(plain)).on('error', () => {}))
    const commands: string[] = []
    sessions.push(commands)
    const socket = script.tls?.implicit ? secured(plain, script) : plain
    converse(socket, script, commands, messages)
    take(socket, script.greeting ?? '220 scripted.example.com ESMTP', '')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    sessions,
    messages,
    commands: (verb) => sessions.flat().filter((line) => line.startsWith(verb)),
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function converse(socket: Socket, script: Script, commands: string[], messages: string[]): void {
  let pending = ''
  let message: string | null = null
  const read = (chunk: Buffer) => {
    pending += chunk.toString('latin1')
    while (!socket.destroyed && socket.listenerCount('data') > 0) {
      if (message !== null) {
        message += pending
        pending = ''
        if (script.during && message.length >= script.during.octets) {
          socket.off('data', read).resume()
          return take(socket, script.during.turn, '')
        }
        const end = `\r\n${message}`.indexOf('\r\n.\r\n')
        if (end === -1) return
        messages.push(message.slice(0, end))
        pending = message.slice(end + 3)
        message = null
        take(socket, script.message ?? '250 2.0.0 Ok: queued as 4ZABCD', '')
        continue
      }
      const end = pending.indexOf('\r\n')
      if (end === -1) return
      const line = pending.slice(0, end)
      pending = pending.slice(end + 2)
      commands.push(line)
      const turn = turnFor(line, script)
      if (line === 'STARTTLS' && script.tls) {
        socket.off('data', read)
        socket.write(`${typeof turn === 'string' ? turn : '220 2.0.0 Go ahead'}\r\n`)
        return converse(secured(socket, script), { ...script, tls: undefined }, commands, messages)
      }
      take(socket, turn, line)
      if (line === 'DATA' && (script.data === undefined || String(script.data).startsWith('354')))
        message = ''
      if (line === 'QUIT' && typeof script.quit !== 'function') return void socket.end()
    }
  }
  socket.on('data', read)
}

function turnFor(line: string, script: Script): Turn {
  const verb = line.split(' ')[0]?.toUpperCase() ?? ''
  const address = line.match(/<(.*)>/)?.[1] ?? ''
  switch (verb) {
    case 'EHLO':
      return script.ehlo ?? ehloReply(script)
    case 'STARTTLS':
      return script.starttls ?? (script.tls ? '220 2.0.0 Go ahead' : '502 5.5.1 Not implemented')
    case 'MAIL':
      return script.mail ?? '250 2.1.0 Ok'
    case 'RCPT':
      return script.rcpt?.[address] ?? '250 2.1.5 Ok'
    case 'DATA':
      return script.data ?? '354 Go ahead'
    case 'QUIT':
      return script.quit ?? '221 2.0.0 Bye'
    default:
      return script.auth ?? '235 2.7.0 Authenticated'
  }
}

function ehloReply({ extensions = ['PIPELINING', '8BITMIME', 'SIZE 1000000'], tls }: Script): string {
  const lines = ['scripted.example.com', ...extensions, ...(tls && !tls.implicit ? ['STARTTLS'] : [])]
  return lines.map((line, index) => `250${index === lines.length - 1 ? ' ' : '-'}${line}`).join('\r\n')
}

function secured(socket: Socket, { tls }: Script): Socket {
  return new TLSSocket(socket, { isServer: true, key: tls?.key, cert: tls?.cert }).on('error', () => {})
}

/** Does what its turn says. */
export function take(socket: Socket, turn: Turn, line: string): void {
  if (typeof turn === 'string') socket.write(`${turn}\r\n`)
  else turn(socket, line)
}
