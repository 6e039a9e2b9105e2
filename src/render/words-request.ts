import type { MailRequest } from '../mail.js'

/** What templates see of a request. Who gets a blind copy, and what it is encrypted with, is not theirs to tell. */
export const visible = ['to', 'cc', 'from', 'subject', 'importance', 'locale', 'timeZone', 'tlp'] as const

const used = [
  ...visible,
  'inlineTemplate',
  'body',
  'textBody',
  'format',
  'mergeBody',
  'strictUndefined',
] as const satisfies (keyof MailRequest)[]

/** What of a request decides on a mail's words. */
export type WordsRequest = Pick<MailRequest, (typeof used)[number] | 'headers'>

/** That part of a request. */
export function wordsRequest(request: MailRequest): WordsRequest {
  const words: Record<string, unknown> = {}
  for (const name of used) words[name] = request[name]
  const subjects = Object.entries(request.headers ?? {}).filter(([name]) => name.toLowerCase() === 'subject')
  return { ...words, headers: Object.fromEntries(subjects) }
}
