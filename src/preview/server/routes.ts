import type { IncomingMessage } from 'node:http'
import { type Choice, checkChoice } from '../choice.js'
import { FRAME_POLICY, frameHtml } from '../frame.js'
import type { Workspace } from '../workspace.js'
import { type Answer, json, readBody } from './answer.js'
import { asset } from './assets.js'
import { mailForPage, partAt, type shownMails } from './shown-mails.js'

/** What the routes work with. */
export interface RouteContext {
  readonly workspace: Workspace
  readonly shown: ReturnType<typeof shownMails>
}

/** Answers one request that the guard let through; null for what does not exist. */
export async function answer(
  request: IncomingMessage,
  url: URL,
  context: RouteContext,
): Promise<Answer | null> {
  // As it was sent: nothing is made of dots in it.
  const [path = ''] = (request.url ?? '').split('?')
  const [name = '', ...rest] = path.split('/').slice(2).map(decodeURIComponent)
  const post = request.method === 'POST'
  if (rest.length === 0 && !post) return name === 'choices' ? await choices(context) : await asset(name)
  const [id = '', place = ''] = rest
  if (post) {
    return name === 'preview' && rest.length === 0 ? await preview(await readBody(request), context) : null
  }
  const mail = context.shown.get(id)
  if (!mail) return null
  if (name === 'frame' && mail.html !== null) {
    const scheme = url.searchParams.get('scheme') === 'dark' ? 'dark' : 'light'
    const body = frameHtml(mail.html, mail.parts, scheme)
    return { type: 'text/html; charset=utf-8', body, policy: FRAME_POLICY }
  }
  if (name === 'source') {
    return { type: 'message/rfc822', body: mail.source, download: `${fileNameOf(mail.subject)}.eml` }
  }
  const part = name === 'part' ? partAt(mail.parts, place) : null
  if (!part) return null
  // Whatever it says it is: nothing that a mail holds is opened by the browser from here.
  return {
    type: 'application/octet-stream',
    body: part.content,
    download: part.name ?? `part-${part.path}.${part.type === 'text/html' ? 'html' : 'txt'}`,
  }
}

async function choices({ workspace }: RouteContext): Promise<Answer> {
  return json(await workspace.choices())
}

/** A mail, or why there is none: for the page both are an answer. */
async function preview(body: unknown, { workspace, shown }: RouteContext): Promise<Answer> {
  let choice: Choice | null = null
  try {
    choice = checkChoice(body)
    return json({ mail: mailForPage(shown.add(await workspace.preview(choice))) })
  } catch (thrown) {
    return json({ problem: await workspace.explain(thrown, choice) })
  }
}

/** A subject as the name of a file on any system. */
function fileNameOf(subject: string): string {
  const name = subject
    .replace(/[^\p{L}\p{N} ._-]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return name.slice(0, 80).replace(/[. ]+$/, '') || 'mail'
}
