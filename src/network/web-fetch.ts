import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'
import { codeOf, IncidentMailerError } from '../errors.js'
import { openSocket } from './open-socket.js'
import { pemFile } from './pem-file.js'
import { nameOf, type ProxySettings } from './proxy.js'
import { tlsSocket } from './tls-socket.js'

/** How requests get to web servers. */
export interface WebWay {
  readonly proxy: ProxySettings | null
  /** A PEM file of the authorities to trust instead of Node's, and the setting that names it. */
  readonly authorities: { readonly path: string; readonly field: string } | null
}

/** What is asked of a web server. */
export interface WebRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
  readonly signal?: AbortSignal | undefined
  /** How many octets an answer may have. Default: a megabyte, of which those with tokens or errors need little. */
  readonly longestAnswer?: number
}

/**
 * `fetch`, which as Node has it knows neither proxies nor authorities. Redirects are answers like others: following one
 * would take what is sent elsewhere. Each request has a connection of its own, as one that was kept may be closed just
 * when a mail goes over it, and then nobody knows what became of that.
 *
 * @throws IncidentMailerError where certainly nothing was sent: `CONNECTION_FAILED`, `TLS_FAILED`, `PROTOCOL_ERROR`,
 * `AUTHENTICATION_FAILED` of a proxy, `TIMEOUT`, `ABORTED`, and what is wrong with the file of authorities. Later, the
 * system's error
 */
export async function webFetch(url: URL, asked: WebRequest, way: WebWay): Promise<Response> {
  const socket = await connected(url, way, asked.signal)
  return await new Promise((resolve, reject) => {
    const { method, headers, body, signal, longestAnswer = LONGEST } = asked
    const request = httpRequest({
      createConnection: () => socket,
      method,
      path: `${url.pathname}${url.search}`,
      headers: { ...headers, Host: url.host, Connection: 'close', 'Accept-Encoding': 'identity' },
      ...(signal && { signal }),
    })
    request.on('error', reject)
    const noAnswer = ({ statusCode }: IncomingMessage) => {
      reject(new Error(`the server answered with ${statusCode}, which is no answer`))
      request.destroy()
    }
    // Without somebody to hear of it, Node closes the connection and says nothing, and this would wait for good.
    request.once('upgrade', noAnswer)
    request.once('response', (response) => {
      if (isFinal(response)) resolve(asResponse(response, longestAnswer))
      else noAnswer(response)
    })
    request.end(body)
  })
}

/** A connection that speaks TLS with the server itself, through a proxy too. */
async function connected(
  url: URL,
  { proxy, authorities }: WebWay,
  signal: AbortSignal | undefined,
): Promise<Socket> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  const ca = authorities && (await pemFile(authorities.path, authorities.field))
  const route = { host, port, proxy, localAddress: null, connectionTimeout: PATIENCE }
  const socket = await openSocket(route, signal, {
    advice: 'check the firewalls on the way, or name the proxy (transport.proxy)',
    error: (cause, code) =>
      failed('CONNECTION_FAILED', `${url.host} cannot be reached (${code ?? 'no reason given'})`, cause),
  })
  if (url.protocol === 'http:') return socket
  const options: ConnectionOptions = {
    ALPNProtocols: ['http/1.1'],
    ...(ca !== null && { ca }),
    // Said in so many words, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment changes nothing.
    rejectUnauthorized: true,
  }
  const brokenOff = (thrown: Error) => handshakeError(url.host, thrown, { proxy, authorities })
  const handshake = {
    ...{ host, awaited: `TLS handshake with ${url.host}`, patience: PATIENCE, failed: brokenOff },
    late: () => brokenOff(new Error(`no end after ${PATIENCE} ms`)),
  }
  return await tlsSocket(socket, options, handshake, signal)
}

function handshakeError(host: string, thrown: unknown, { proxy, authorities }: WebWay): IncidentMailerError {
  const code = codeOf(thrown)
  const through = proxy ? ` through ${nameOf(proxy)}` : ''
  if (/SELF_SIGNED|UNABLE_TO|ISSUER|UNTRUSTED/.test(code)) {
    const field = authorities?.field ?? 'caFile'
    const says = `${host} shows a certificate${through} that no trusted authority vouches for (${code})`
    return failed('TLS_FAILED', `${says}; name its authority's PEM file in ${field}`, thrown, false)
  }
  if (/CERT|ALTNAME/.test(code))
    return failed(
      'TLS_FAILED',
      `${host} shows a certificate${through} that is not good (${code})`,
      thrown,
      false,
    )
  if (/^(?:ERR_|EPROTO)/.test(code))
    return failed('TLS_FAILED', `${host} does not agree on TLS${through} (${code})`, thrown, false)
  return failed('CONNECTION_FAILED', `${host} broke off the TLS handshake${through}; try again later`, thrown)
}

function failed(
  code: 'CONNECTION_FAILED' | 'TLS_FAILED',
  message: string,
  cause: unknown,
  temporary = true,
): IncidentMailerError {
  return new IncidentMailerError(code, message, { temporary, cause })
}

/** Whether it has a status that exists (RFC 9110, section 15), and that a `Response` may have. */
function isFinal({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode <= 599
}

function asResponse(incoming: IncomingMessage, longest: number): Response {
  const { statusCode: status = 0, headersDistinct } = incoming
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(headersDistinct))
    for (const value of values) headers.append(name, value)
  // The answers that have no body (RFC 9110, section 6.4.1).
  if (status === 204 || status === 205 || status === 304) {
    incoming.resume()
    return new Response(null, { status, headers })
  }
  return new Response(Readable.toWeb(Readable.from(bounded(incoming, longest))), { status, headers })
}

/** A server that goes on and on does not fill the memory. */
async function* bounded(incoming: IncomingMessage, longest: number): AsyncGenerator<Buffer> {
  let octets = 0
  for await (const chunk of incoming) {
    octets += chunk.length
    if (octets > longest) throw new Error(`the answer has more than ${longest} octets`)
    yield chunk
  }
}

/** An answer with tokens, or an error of Graph's, has some thousands of octets. */
const LONGEST = 1_048_576

/** How long to wait for a connection, and for TLS on it, in milliseconds. */
const PATIENCE = 30_000
