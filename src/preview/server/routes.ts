import type { IncomingMessage } from 'node:http'
import { checkRequest } from '../../schemas/job.js'
import { type Choice, checkChoice } from '../choice.js'
import { openPhotographer, type PictureOptions } from '../chromium.js'
import { FRAME_POLICY, frameHtml, wholeHtml } from '../frame.js'
import type { Workspace } from '../workspace.js'
import { type Answer, json, readBody } from './answer.js'
import { asset } from './assets.js'
import { compare } from './compare.js'
import type { firstMails } from './first-mails.js'
import { mailForPage, partAt, type shownMails } from './shown-mails.js'

/** What the routes work with. */
export interface RouteContext {
  readonly workspace: Workspace
  readonly shown: ReturnType<typeof shownMails>
  readonly first: ReturnType<typeof firstMails>
}

/** Each name of a path decoded, or null where one cannot be. */
function decoded(names: readonly string[]): string[] | null {
  try {
    return names.map(decodeURIComponent)
  } catch {
    return null
  }
}

/** Answers one request that the guard let through; null for what does not exist. */
export async function answer(
  request: IncomingMessage,
  url: URL,
  context: RouteContext,
): Promise<Answer | null> {
  // As it was sent: nothing is made of dots in it.
  const [path = ''] = (request.url ?? '').split('?')
  const names = decoded(path.split('/').slice(2))
  if (names === null) return null
  const [name = '', ...rest] = names
  const post = request.method === 'POST'
  if (rest.length === 0 && !post) return name === 'choices' ? await choices(context) : await asset(name)
  const [id = '', place = ''] = rest
  if (post) {
    const act = rest.length === 0 && Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
    return act ? await act(await readBody(request), context) : null
  }
  const mail = context.shown.get(id)
  if (!mail) return null
  if (name === 'frame' && mail.html !== null) {
    const look = url.searchParams.get('scheme') === 'dark' ? 'dark' : 'light'
    const body = frameHtml(mail.html, mail.parts, look)
    return { type: 'text/html; charset=utf-8', body, policy: FRAME_POLICY }
  }
  if (name === 'source') {
    return { type: 'message/rfc822', body: mail.source, download: `${fileNameOf(mail.subject)}.eml` }
  }
  const scheme = url.searchParams.get('scheme') === 'dark' ? 'dark' : 'light'
  if (name === 'html' && mail.html !== null) {
    const body = wholeHtml(mail.html, mail.parts)
    return { type: 'application/octet-stream', body, download: `${fileNameOf(mail.subject)}.html` }
  }
  if (name === 'picture' && mail.html !== null) {
    const width = Math.min(Math.max(Number(url.searchParams.get('width')) || 800, 200), 2_000)
    const body = await takePicture(frameHtml(mail.html, mail.parts, scheme), { width, scheme })
    return { type: 'image/png', body, download: `${fileNameOf(mail.subject)}.png` }
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

/** What the page asks to be done. */
const ACTIONS: Readonly<Record<string, (body: unknown, context: RouteContext) => Promise<Answer>>> = {
  preview,
  compare: compareMails,
  verdict,
  send: sendTest,
  template: makeTemplate,
}

/** Whether a test could leave, for the question before it: what the guard says, or what it cannot be signed or encrypted for. */
async function verdict(body: unknown, { workspace }: RouteContext): Promise<Answer> {
  try {
    const { choice, to, profile } = Object(body) as Record<string, unknown>
    const { fields, ...chosen } = checkChoice(choice)
    const { cc: _cc, bcc: _bcc, ...rest } = fields
    const test = { ...rest, to: String(to ?? ''), ...(typeof profile === 'string' && { profile }) }
    const mail = await workspace.preview({ ...chosen, fields: checkRequest(test) })
    return json({ refusal: mail.signing.problem ?? mail.encryption.problem ?? mail.refusal })
  } catch (thrown) {
    return json({ refusal: await workspace.explain(thrown, null) })
  }
}

/** Sends a test; the page has asked first. */
async function sendTest(body: unknown, { workspace }: RouteContext): Promise<Answer> {
  let choice: Choice | null = null
  try {
    const { choice: chosen, to, profile } = Object(body) as Record<string, unknown>
    choice = checkChoice(chosen)
    const test = { to: String(to ?? ''), profile: typeof profile === 'string' ? profile : null }
    return json({ report: await workspace.send(choice, test) })
  } catch (thrown) {
    return json({ problem: await workspace.explain(thrown, choice) })
  }
}

async function makeTemplate(body: unknown, { workspace }: RouteContext): Promise<Answer> {
  try {
    const { name, from } = Object(body) as Record<string, unknown>
    return json({ made: await workspace.newTemplate(String(name), String(from)) })
  } catch (thrown) {
    return json({ problem: await workspace.explain(thrown, null) })
  }
}

async function takePicture(html: string, options: PictureOptions): Promise<Buffer> {
  const photographer = await openPhotographer()
  try {
    return await photographer.picture(html, options)
  } finally {
    await photographer.close()
  }
}

async function choices({ workspace }: RouteContext): Promise<Answer> {
  return json(await workspace.choices())
}

/** A mail, or why there is none: for the page both are an answer. */
async function preview(body: unknown, { workspace, shown, first }: RouteContext): Promise<Answer> {
  let choice: Choice | null = null
  try {
    choice = checkChoice(body)
    const mail = await workspace.preview(choice)
    first.note(choice, mail)
    return json({ mail: mailForPage(shown.add(mail)) })
  } catch (thrown) {
    return json({ problem: await workspace.explain(thrown, choice) })
  }
}

async function compareMails(body: unknown, context: RouteContext): Promise<Answer> {
  try {
    return json({ comparison: await compare(body, context) })
  } catch (thrown) {
    return json({ problem: await context.workspace.explain(thrown, null) })
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
