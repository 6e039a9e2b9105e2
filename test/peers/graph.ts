import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { OAuthOptions } from '../../src/oauth/oauth-options.js'
import type { KeyAndCertificate } from '../deliver/smtp/certificates.js'
import { graphMailbox } from './graph-mailbox.js'

export type Answer = (request: IncomingMessage, response: ServerResponse) => void
/** An answer with a status and Graph's form of an error. */
export const status =
  (code: number, headers: Record<string, string> = {}, error?: object): Answer =>
  (_, response) =>
    void response.writeHead(code, headers).end(error && JSON.stringify({ error }))
export const ACCEPTED = status(202, { 'request-id': '4f1e50e8' })

/**
 * A stand-in for Microsoft Graph and its token endpoint on loopback: it answers as their documents say, and checks
 * what they say a client has to send. The real service is not asked.
 *
 * @param answers - what it answers to `sendMail`, one after the other; the last again and again
 */
export async function startGraph(
  answers: readonly Answer[] = [ACCEPTED],
  tls?: KeyAndCertificate,
  { keepsMessageIds = true } = {},
) {
  const posts: { path: string; type: string | undefined; token: string; message: string; body: string }[] = []
  const grants: URLSearchParams[] = []
  const mailbox = graphMailbox(() => base, keepsMessageIds)
  const listener: RequestListener = async (request, response) => {
    const bytes = await buffer(request).catch(() => null)
    // The client has gone away.
    if (bytes === null || (await mailbox.answers(request, bytes, response))) return
    const body = bytes.toString()
    if (request.url === '/token') {
      grants.push(new URLSearchParams(body))
      const token = { access_token: `token-${grants.length}`, token_type: 'Bearer', expires_in: 3600 }
      return void response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(token))
    }
    const message = Buffer.from(body, 'base64').toString('latin1')
    const token = request.headers.authorization ?? ''
    const type = request.headers['content-type']
    posts.push({ path: request.url ?? '', type, token, message, body })
    const answer = answers[Math.min(posts.length, answers.length) - 1] ?? ACCEPTED
    answer(request, response)
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = async () => {
    server.closeAllConnections()
    server.close()
  }
  const base = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  const transport = (oauth: OAuthOptions = {}, user: string | undefined = 'soc@example.com') => ({
    graph: {
      ...(user && { user }),
      baseUrl: `${base}/v1.0`,
      oauth: { clientId: 'app', clientSecret: 'a-client-secret', tokenUrl: `${base}/token`, ...oauth },
    },
  })
  return { posts, grants, mailbox, transport, base, stop }
}
