import { IncidentMailerError } from '../errors.js'
import { guard } from '../guard/guard.js'
import type { IncidentFile } from '../incident/incident.js'
import type { MailRequest, MimeMail, RenderedMail } from '../mail.js'
import { messageBytes } from '../mime.js'
import { checkOptions } from '../notifier/check-options.js'
import type { NotifierOptions } from '../notifier/notifier-options.js'
import { createRoutes } from '../notifier/routes.js'
import type { Stage, StageContext } from '../pipeline.js'
import { checkRequest } from '../schemas/job.js'
import { encrypt } from '../smime/encrypt.js'
import { sign } from '../smime/sign.js'
import { blockedContent } from './blocked-content.js'
import type { Finding, MailPreview, MessagePart } from './facts.js'
import { findingsOf } from './findings/findings.js'
import { markIncident, unescapedFindings } from './findings/unescaped.js'
import { readMessage } from './message-parts.js'
import { attempt, protect } from './protection.js'

/** Tells what becomes of requests; made once for many. */
export interface Previewer {
  preview(request: MailRequest, context?: StageContext): Promise<MailPreview>
  close(): Promise<void>
}

/**
 * Makes a previewer: what it reads (templates, identity, certificates) is kept between mails, and read again when
 * the files change.
 *
 * @throws IncidentMailerError as {@link preview} does
 */
export function createPreviewer(options: NotifierOptions = {}): Previewer {
  checkOptions(options)
  const { identity, cosigners, signatureForm, signatureScheme, signatureHash } = options.smime ?? {}
  const signing = { identity, cosigners, signatureForm, signatureScheme, signatureHash }
  const routes = createRoutes({ ...options, from: options.from ?? STAND_INS.from }, signing, {
    sign,
    encrypt,
  })
  const guarded = guard(options.guard)

  async function preview(given: MailRequest, context: StageContext = {}): Promise<MailPreview> {
    const request = checkRequest(given)
    const nobody = [request.to, request.cc, request.bcc].every((list) => !list?.length)
    const addressed = nobody ? { ...request, to: STAND_INS.to } : request
    const { rendered: rendering, steps } = routes.of(request.profile)
    const rendered = await rendering(addressed, context)
    const composed = await steps.compose(rendered, context)
    const { readable, final, ...protection } = await protect(composed, steps, identity !== undefined, context)
    const { problem: refusal } = await attempt(guarded, final, context)
    const source = await firstCopy(readable)
    const { headers, root } = readMessage(source)
    const html = textOf(root, 'text/html')
    const size = {
      message: await largestCopy(final),
      html: html === null ? 0 : Buffer.byteLength(html),
      text: Buffer.byteLength(rendered.text),
    }
    const recipients = composed.deliveries.flatMap((delivery) => delivery.recipients)
    const isOwnSender = !(STAND_INS.from.includes(composed.sender) && !request.from)
    const findings = await findingsOf({
      request,
      subject: composed.subject,
      html,
      text: rendered.text,
      size,
      sender: isOwnSender ? composed.sender : null,
      recipients: nobody ? [] : recipients,
      warnings: final.warnings,
    })
    const unescaped =
      rendered.html === null ? [] : await findUnescaped(addressed, rendered.incident, rendering, context)
    return {
      subject: composed.subject,
      html,
      text: rendered.text,
      blocked: html === null ? [] : blockedContent(html),
      messageId: composed.messageId,
      envelope: { from: composed.sender, to: recipients },
      standIns: [...(isOwnSender ? [] : (['from'] as const)), ...(nobody ? (['to'] as const) : [])],
      headers,
      parts: root,
      source,
      ...protection,
      refusal,
      size,
      timings: final.timings,
      findings: [...unescaped, ...findings],
    }
  }

  return { preview, close: () => routes.close() }
}

/**
 * Everything there is to know of a mail, and nothing is sent: its parts, its header, its size, what signing and
 * encrypting would do with whose certificates, and what looks wrong. Who has no certificate is a fact here and no
 * error; a request that names nobody gets stand-ins.
 *
 * @example
 * ```ts
 * import { preview } from 'incident-mailer'
 *
 * const mail = await preview({
 *   template: 'incident-summary',
 *   incident: { id: 2139, name: 'Lost laptop', severity_code: 'Low' },
 * })
 * console.log(mail.subject, mail.size.message, mail.findings)
 * ```
 *
 * @throws IncidentMailerError for what cannot be rendered or composed, as `render` and `compose` do
 */
export async function preview(request: MailRequest, options: NotifierOptions = {}): Promise<MailPreview> {
  const previewer = createPreviewer(options)
  try {
    return await previewer.preview(request)
  } finally {
    await previewer.close()
  }
}

/** Reserved for examples (RFC 2606): nobody gets anything there. */
const STAND_INS = { from: 'Sender <sender@example.com>', to: 'recipient@example.com' } as const

/** Renders the mail once more about an incident in whose texts markup would show. */
async function findUnescaped(
  request: MailRequest,
  incident: IncidentFile | null,
  rendering: Stage<MailRequest, RenderedMail>,
  context: StageContext,
): Promise<Finding[]> {
  if (incident === null) return []
  const marked = markIncident(incident)
  try {
    const { html } = await rendering({ ...request, incident: marked.incident }, context)
    return html === null ? [] : unescapedFindings(html, marked.paths)
  } catch (thrown) {
    // A template may need a text to be what it is. Then nothing can be said.
    if (thrown instanceof IncidentMailerError && !context.signal?.aborted) return []
    throw thrown
  }
}

async function firstCopy(mail: MimeMail): Promise<Buffer> {
  const [first] = mail.deliveries
  return first ? await messageBytes(mail, first.entity) : Buffer.alloc(0)
}

async function largestCopy(mail: MimeMail): Promise<number> {
  const copies = await Promise.all(mail.deliveries.map(({ entity }) => messageBytes(mail, entity)))
  return Math.max(...copies.map(({ length }) => length))
}

/** The first part of a type, as text. */
function textOf(part: MessagePart, type: string): string | null {
  if (part.type === type && part.disposition !== 'attachment') return Buffer.from(part.content).toString()
  for (const child of part.parts) {
    const text = textOf(child, type)
    if (text !== null) return text
  }
  return null
}
