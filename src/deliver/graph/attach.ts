import type { StageContext } from '../../pipeline.js'
import { failedHandover, type Handover } from '../handover.js'
import { failed } from './answer.js'
import { askGraph } from './ask.js'
import type { Draft } from './draft.js'
import { stoppedBy } from './draft-answer.js'
import type { MailFile } from './lighten.js'
import { patiently } from './patience.js'
import { LARGEST_REQUEST, octetsInBase64 } from './request-size.js'
import { type GraphSettings, isOnLoopback } from './settings.js'
import { upload } from './upload.js'

/**
 * Adds a file to a draft: in one request where it fits into one, else by an upload session.
 *
 * @returns null when it is there, or what became of the mail
 */
export async function attachFile(
  settings: GraphSettings,
  draft: Draft,
  { name, contentType, contentId, isInline, content }: MailFile,
  to: readonly string[],
  context: StageContext,
): Promise<Handover | null> {
  const facts = { name, contentType, isInline, ...(contentId !== null && { contentId }) }
  const post = (path: string, body: string) =>
    patiently(
      () =>
        askGraph(settings, { url: `${draft.url}/${path}`, type: 'application/json', body }, context.signal),
      context,
    )
  const whole = (contentBytes: string) =>
    JSON.stringify({ '@odata.type': '#microsoft.graph.fileAttachment', ...facts, contentBytes })
  // Not written to be measured: it may be many times what fits.
  if (Buffer.byteLength(whole('')) + octetsInBase64(content.length) <= LARGEST_REQUEST) {
    const reply = await post('attachments', whole(content.toString('base64')))
    return reply.answer?.status === 201 ? null : stoppedBy(reply, to, 'file', context)
  }
  const item = { attachmentType: 'file', ...facts, size: content.length }
  const session = await post('attachments/createUploadSession', JSON.stringify({ AttachmentItem: item }))
  if (session.answer?.status !== 201) return stoppedBy(session, to, 'file', context)
  const url = uploadUrlIn(session.answer.text, settings)
  if (url === null) {
    const message =
      'Microsoft Graph names no URL that begins with https: to upload a file to; nothing was sent'
    return failedHandover(failed('PROTOCOL_ERROR', message), to)
  }
  const stopped = await upload(url, content, settings.way, context)
  return stopped && stoppedBy(stopped, to, 'upload', context)
}

/** Where a session takes the file; null where that is no place for it. */
function uploadUrlIn(text: string, { mailbox }: GraphSettings): URL | null {
  try {
    const url = new URL(JSON.parse(text).uploadUrl)
    // Only a stand-in on this machine has another on this machine.
    return url.protocol === 'https:' || (isOnLoopback(url) && isOnLoopback(new URL(mailbox))) ? url : null
  } catch {
    return null
  }
}
