import { type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { messageOf } from '../errors.js'
import { printable } from '../printable.js'
import { authority, type HostAndPort } from './authority.js'
import { maskOfProxy, type ProxySettings, proxyError } from './proxy.js'

/**
 * Asks a proxy, to which the socket is connected, for the way to a server: from then on the socket is that.
 *
 * @throws IncidentMailerError `CONNECTION_FAILED`, `AUTHENTICATION_FAILED` or `PROTOCOL_ERROR`
 */
export async function askProxy(
  proxy: ProxySettings,
  socket: Socket,
  destination: HostAndPort,
): Promise<void> {
  await (proxy.kind === 'HTTP' ? askHttp : askSocks)(proxy, socket, destination)
}

/** RFC 9110, section 9.3.6. */
function askHttp(proxy: ProxySettings, socket: Socket, destination: HostAndPort): Promise<void> {
  const target = authority(destination)
  const { auth } = proxy
  const basic = auth && `Basic ${Buffer.from(`${auth.user}:${auth.pass}`).toString('base64')}`
  return new Promise((resolve, reject) => {
    const asking = request({
      createConnection: () => socket,
      method: 'CONNECT',
      path: target,
      headers: { Host: target, ...(basic && { 'Proxy-Authorization': basic }) },
    })
    asking.once('connect', (response: IncomingMessage, _socket: unknown, head: Buffer) => {
      asking.off('error', fail)
      // Whoever closes now is the server behind it.
      asking.on('error', () => {})
      const status = response.statusCode ?? 0
      if (status < 200 || status > 299) return reject(httpRefusal(proxy, target, response))
      if (head.length > 0) socket.unshift(head)
      resolve()
    })
    const fail = (error: Error & { readonly code?: string }) => {
      if (error.code?.startsWith('HPE_'))
        reject(proxyError(proxy, 'does not speak HTTP', { code: 'PROTOCOL_ERROR', temporary: false }))
      else reject(closedBy(proxy, error))
    }
    asking.on('error', fail)
    asking.end()
  })
}

function httpRefusal(
  proxy: ProxySettings,
  target: string,
  { statusCode = 0, statusMessage = '' }: IncomingMessage,
) {
  const answer = printable(`${statusCode} ${statusMessage}`, maskOfProxy(proxy))
  if (statusCode === 407) return notLetIn(proxy, answer)
  // RFC 9110, section 15.6: its own trouble, or that of the server.
  const temporary = statusCode >= 500 || statusCode === 429
  return notConnected(proxy, target, answer, temporary)
}

/** RFC 1928 and 1929. */
async function askSocks(proxy: ProxySettings, socket: Socket, destination: HostAndPort): Promise<void> {
  const { SocksClient } = await import('socks')
  const { host, port, auth } = proxy
  try {
    await SocksClient.createConnection({
      proxy: { host, port, type: 5, ...(auth && { userId: auth.user, password: auth.pass }) },
      command: 'connect',
      destination: { host: destination.host, port: destination.port },
      existing_socket: socket,
      // Whoever called gives up before, and ends the socket.
      timeout: 2 ** 31 - 1,
    })
  } catch (thrown) {
    throw socksRefusal(proxy, authority(destination), messageOf(thrown), thrown)
  }
  // The library lets what came along with the proxy's answer, a greeting say, go by in the next turn.
  const early: Buffer[] = []
  const keep = (chunk: Buffer) => early.push(chunk)
  socket.on('data', keep)
  await setImmediate()
  socket.off('data', keep).pause()
  if (early.length > 0) socket.unshift(Buffer.concat(early))
}

function socksRefusal(proxy: ProxySettings, target: string, message: string, cause: unknown) {
  if (/authentication failed|no accepted authentication/i.test(message))
    return notLetIn(proxy, printable(message))
  if (message === 'Socket closed') return closedBy(proxy, cause)
  const [, reason] = /rejected connection - (\w+)/.exec(message) ?? []
  if (reason === undefined)
    return proxyError(proxy, 'does not speak SOCKS5', { code: 'PROTOCOL_ERROR', temporary: false })
  return notConnected(proxy, target, reason, reason !== 'NotAllowed')
}

function notConnected(proxy: ProxySettings, target: string, answer: string, temporary: boolean) {
  const advice = temporary
    ? 'try again later, or check that host and port'
    : 'it may not allow that host or port'
  return proxyError(proxy, `does not connect to ${target} (${answer})`, { temporary, advice })
}

function notLetIn(proxy: ProxySettings, answer: string) {
  const says = proxy.auth === null ? 'asks for a user name and password' : 'refuses the user name or password'
  return proxyError(proxy, `${says} (${answer})`, {
    ...{ code: 'AUTHENTICATION_FAILED', temporary: false },
    advice: `they stand in ${proxy.field}: http://user:password@host`,
  })
}

function closedBy(proxy: ProxySettings, cause: unknown) {
  return proxyError(proxy, 'closed the connection before it had an answer', { cause })
}
