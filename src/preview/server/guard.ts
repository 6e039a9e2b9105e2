import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Why a request is refused: a status, and a sentence for whoever looks into it. */
export interface Refusal {
  readonly status: number
  readonly message: string
}

/**
 * Tells whether a request comes from the page itself. Anything else in the same browser, or on the same machine
 * without the token, is refused: a page elsewhere that guesses the port (fetch, form, EventSource), or that points
 * a name of its own at 127.0.0.1 (DNS rebinding), which the Host field gives away.
 *
 * @param port - the server's
 * @param token - what the first segment of the path has to be
 */
export function refuse(request: IncomingMessage, port: number, token: string): Refusal | null {
  const { host, origin } = request.headers
  const own = [`127.0.0.1:${port}`, `localhost:${port}`]
  if (host === undefined || !own.includes(host)) return { status: 421, message: 'this is no host of mine' }
  if (origin !== undefined && origin !== `http://${host}`) {
    return { status: 403, message: 'other origins are refused' }
  }
  const site = request.headers['sec-fetch-site']
  const isPage =
    request.headers['sec-fetch-mode'] === 'navigate' && request.headers['sec-fetch-dest'] === 'document'
  // A link to the page may stand anywhere; it shows nothing until its own scripts ask.
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isPage) {
    return { status: 403, message: 'other sites are refused' }
  }
  if (!sameText(request.url?.split(/[/?]/)[1] ?? '', token)) return { status: 404, message: 'not found' }
  if (request.method === 'GET' || request.method === 'HEAD') return null
  if (request.method !== 'POST') return { status: 405, message: 'GET and POST are known' }
  // What a form can send needs no leave from the browser; JSON does, and an Origin comes with it.
  if (origin === undefined || request.headers['content-type'] !== 'application/json') {
    return { status: 403, message: 'the page itself has to ask' }
  }
  return null
}

/** In the same time wherever they differ. */
function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
