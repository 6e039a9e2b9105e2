import { IncidentMailerError } from '../../errors.js'
import { type StageContext, throwIfAborted } from '../../pipeline.js'
import { announce, failedHandover, type Handover, type Parcel } from '../handover.js'
import { failed, handoverOf, tooLargeFor } from './answer.js'
import { askGraph } from './ask.js'
import { attachFile } from './attach.js'
import { createDraft, type Draft, different, removeDraft, withMessageId } from './draft.js'
import { isDraftGone, withoutDraft } from './draft-answer.js'
import { DRAFT_LEFT, sentAsDraft } from './draft-warnings.js'
import { type LightMail, lighten } from './lighten.js'
import { patiently } from './patience.js'
import { LARGEST_REQUEST, octetsInBase64 } from './request-size.js'
import type { GraphSettings } from './settings.js'

/**
 * Hands over a message that is too large for one request: as a draft without its largest files, to which those are
 * added one by one, and which is then sent. Until then nobody has been asked to take anything: whatever goes wrong,
 * the draft is deleted. What cannot go that way is refused before Graph is asked.
 */
export async function sendLarge(
  settings: GraphSettings,
  parcel: Parcel,
  message: Buffer,
  context: StageContext,
): Promise<Handover> {
  const light = lighten(message)
  if ('obstacle' in light) return tooLargeFor(parcel.to, whyNot(message, light.obstacle))
  const draft = await createDraft(settings, parcel.to, light.message, context)
  if ('rejected' in draft) return draft
  let handover: Handover
  try {
    handover = await finish(settings, parcel, draft, light, context)
  } catch (thrown) {
    if ((await removeDraft(settings, draft)) || !(thrown instanceof IncidentMailerError)) throw thrown
    return { ...failedHandover(thrown, parcel.to), warnings: [DRAFT_LEFT] }
  }
  // It is on its way, or may be.
  if (handover.accepted.length > 0 || handover.undecided.length > 0) return handover
  return (await removeDraft(settings, draft)) ? handover : { ...handover, warnings: [DRAFT_LEFT] }
}

async function finish(
  settings: GraphSettings,
  parcel: Parcel,
  draft: Draft,
  light: LightMail,
  context: StageContext,
): Promise<Handover> {
  const { messageId, to } = parcel
  const wanted = different(to)
  if (draft.recipients !== wanted) {
    const counted = `Microsoft Graph made a draft for ${draft.recipients} recipients out of a mail for ${wanted}`
    return failedHandover(failed('PROTOCOL_ERROR', `${counted}; nothing was sent, send it by SMTP`), to)
  }
  const kept = await withMessageId(settings, draft, messageId, context)
  for (const file of light.files) {
    const failure = await attachFile(settings, draft, file, to, context)
    if (failure) return failure
  }
  await announce(parcel, context)
  throwIfAborted(context.signal)
  const send = () => askGraph(settings, { url: `${draft.url}/send` }, context.signal)
  const reply = await patiently(send, context)
  const handover = isDraftGone(reply) ? withoutDraft(reply, to) : handoverOf(reply, to)
  return handover.accepted.length === 0
    ? handover
    : { ...handover, warnings: [sentAsDraft(light, kept, messageId)] }
}

function whyNot({ length }: Buffer, obstacle: string): string {
  const [octets, limit] = [octetsInBase64(length), LARGEST_REQUEST].map((size) =>
    size.toLocaleString('en-US'),
  )
  return `the mail has ${octets} octets in base64, of which Microsoft Graph takes ${limit} at once, and ${obstacle}; send smaller or fewer attachments, or use SMTP`
}
