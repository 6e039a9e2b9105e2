import { addressesOf } from './author.js'

/**
 * Says what of a header field stands outside the encryption (RFC 9788, section 3.1): the value itself, another
 * one in printable ASCII, or null for nothing at all.
 *
 * It is asked for every field but MIME-Version and Content-*, with its name as written and its value unfolded.
 */
export type HeaderPolicy = (name: string, value: string) => string | null

/** The policies that go by a name. */
export type HeaderPolicyName = 'baseline' | 'shy'

/** The policies by their names in job and config. */
export const headerPolicies: Readonly<Record<HeaderPolicyName, HeaderPolicy>> = {
  baseline: baselinePolicy,
  shy: shyPolicy,
}

/**
 * `baseline`: the Subject says `[...]`; Comments and Keywords are not there (RFC 9788, section 3.2.1).
 *
 * Stricter than the RFC in one thing: what servers and mail programs on the way have no use for is not there
 * either. A Thread-Topic repeats the subject, and an X-Incident says more than a ticket's number.
 */
export function baselinePolicy(name: string, value: string): string | null {
  const key = name.toLowerCase()
  if (key === 'subject') return '[...]'
  return USEFUL_ON_THE_WAY.test(key) ? value : null
}

/**
 * `shy`: as `baseline`, without people's names beside their addresses, and without the sender's time zone
 * (RFC 9788, section 3.2.2).
 *
 * Stricter than the RFC in one thing: Reply-To and Sender lose their names too, and so does a group.
 */
export function shyPolicy(name: string, value: string): string | null {
  const key = name.toLowerCase()
  if (NAMES_PEOPLE.has(key))
    return addressesOf(value).join(', ') || (key === 'to' ? 'undisclosed-recipients:;' : null)
  if (key === 'date') return inUtc(value)
  return baselinePolicy(name, value)
}

function inUtc(date: string): string {
  const moment = new Date(date)
  return Number.isNaN(moment.getTime()) ? date : moment.toUTCString().replace('GMT', '+0000')
}

const NAMES_PEOPLE = new Set(['from', 'sender', 'reply-to', 'to', 'cc'])

/** Who writes to whom, when, in which thread, how urgently; whether a machine may answer; what lists need. */
const USEFUL_ON_THE_WAY =
  /^(?:date|from|sender|reply-to|to|cc|message-id|in-reply-to|references|importance|priority|x-priority|x-msmail-priority|sensitivity|auto-submitted|precedence|x-auto-response-suppress|disposition-notification-to|list-[a-z-]+)$/
