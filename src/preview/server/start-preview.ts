import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { IncidentMailerError, messageOf } from '../../errors.js'
import { openWorkspace, type WorkspaceOptions } from '../workspace.js'
import { json, send } from './answer.js'
import { firstMails } from './first-mails.js'
import { refuse } from './guard.js'
import { createLive, type Live } from './live.js'
import { answer, type RouteContext } from './routes.js'
import { shownMails } from './shown-mails.js'

/** What a preview shows, and where it listens. */
export interface StartPreviewOptions extends WorkspaceOptions {
  /** The port on 127.0.0.1. Default: any that is free. */
  readonly port?: number
}

/** A page that is being served. */
export interface PreviewServer {
  /** The page's address, with the token without which nothing is answered. */
  readonly url: string
  close(): Promise<void>
}

/**
 * Serves the preview's page on loopback, until it is closed. Only who has the address can ask, and no page
 * elsewhere in the same browser can.
 *
 * @example
 * ```ts
 * import { startPreview } from 'incident-mailer'
 *
 * const { url, close } = await startPreview({ incidents: './incidents' })
 * console.log(url)
 * await close()
 * ```
 *
 * @throws IncidentMailerError `TRANSPORT_FAILED` where the port is taken
 */
export async function startPreview(options: StartPreviewOptions = {}): Promise<PreviewServer> {
  const { port = 0, ...places } = options
  const token = randomBytes(24).toString('base64url')
  const workspace = openWorkspace(places)
  const context = { workspace, shown: shownMails(), first: firstMails(), live: await createLive(workspace) }
  const server = createServer((request, response) => void handle(request, response, server, token, context))
  await listen(server, port).catch((error: unknown) => {
    context.live.close()
    throw error
  })
  return {
    url: `http://127.0.0.1:${portOf(server)}/${token}/`,
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      context.live.close()
      await Promise.all([closed, workspace.close()])
    },
  }
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new IncidentMailerError(
      'TRANSPORT_FAILED',
      `cannot listen on port ${port} of 127.0.0.1: ${messageOf(cause)}; name another one`,
      { field: 'port', cause },
    )
  }
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
  token: string,
  context: RouteContext & { readonly live: Live },
): Promise<void> {
  const port = portOf(server)
  const refusal = refuse(request, port, token)
  if (refusal) return send(response, json({ message: refusal.message }, refusal.status))
  try {
    if (request.method === 'GET' && request.url === `/${token}/events`)
      return context.live.subscribe(response)
    const url = new URL(request.url ?? '/', `http://127.0.0.1:${port}`)
    const answered = await answer(request, url, context)
    send(response, answered ?? json({ message: 'not found' }, 404))
  } catch (thrown) {
    send(response, json({ message: messageOf(thrown) }, 500))
  }
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}
