import type { Warning } from '../../mail.js'
import { nodeAt } from '../../mime-node.js'
import { printable } from '../../printable.js'
import type { LightMail } from './lighten.js'

/** Of an attempt that has failed, and whose draft Graph did not say it has deleted. */
export const DRAFT_LEFT: Warning = {
  code: 'DRAFT_LEFT',
  message:
    'an attempt to send the mail has failed, and its draft may still be there; look into Drafts, and delete it',
}

/**
 * Of a mail that was sent as a draft: what of it is no longer as it was made.
 *
 * @param kept - the Message-ID that the draft had
 * @param wanted - the mail's own, or empty where it had none
 */
export function sentAsDraft({ message, files }: LightMail, kept: string, wanted: string): Warning {
  const text = message.toString('latin1')
  const count = files.length === 1 ? 'its largest file' : `its ${files.length} largest files`
  const says = [
    `the mail is larger than what Microsoft Graph takes at once, so it went as a draft to which ${count} came afterwards, and Exchange writes it anew, with the moment of sending as its Date`,
    ...(ALTERNATIVE.test(text) ? ['its plain text is made from the HTML'] : []),
    messageIdIn(kept, wanted),
  ]
  const unsure = unsureFields(text)
  if (unsure.length > 0)
    says.push(`Microsoft does not say that it keeps the header fields ${unsure.join(', ')}`)
  return { code: 'SENT_AS_DRAFT', message: says.join('; ') }
}

function messageIdIn(kept: string, wanted: string): string {
  if (kept === '') return 'which Message-ID it has, Microsoft Graph does not say'
  if (kept === wanted) return 'its draft has kept the Message-ID'
  return `the Message-ID of its draft is ${printable(kept)}${wanted === '' ? '' : `, and not ${printable(wanted)}`}`
}

/** The names of those fields for which Exchange has no place ([MS-OXCMAIL]), and which are nobody's own. */
function unsureFields(text: string): string[] {
  const names = nodeAt(text, 0, text.length, true).headers.map(({ name }) => name)
  return [...new Set(names.filter((name) => !KEPT.test(name)).map((name) => printable(name)))]
}

const ALTERNATIVE = /^content-type:[ \t]*multipart\/alternative/im
const KEPT =
  /^(?:x-.+|content-.+|mime-version|from|sender|reply-to|to|cc|bcc|subject|date|message-id|in-reply-to|references|importance|sensitivity|keywords|list-(?:help|subscribe|unsubscribe)|thread-(?:topic|index)|disposition-notification-to)$/i
