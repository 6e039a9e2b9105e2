import type { RejectedRecipient } from '../mail.js'
import { printable } from '../printable.js'
import { wantsTls } from './smtp/reply.js'

/** Says of a mail that nobody was accepted for: who was refused why, and what to do about it. */
export function refusalMessage(rejected: readonly RejectedRecipient[]): string {
  const [first, ...others] = rejected
  if (first === undefined) return 'no recipient was accepted'
  if (others.every((other) => replyOf(other) === replyOf(first))) {
    const who =
      others.length === 0 ? `${printable(first.address)} was` : `all ${rejected.length} recipients were`
    return `${who} refused: ${replyOf(first)}; ${adviceOn(first)}`
  }
  const shown = rejected.slice(0, SHOWN).map((recipient) => {
    const forHowLong = recipient.temporary ? 'for now' : 'for good'
    return `${printable(recipient.address)} ${forHowLong}: ${cut(replyOf(recipient))} (${adviceOn(recipient)})`
  })
  const more = rejected.length - shown.length
  const rest = more > 0 ? [`${more} more, whom the report names`] : []
  return `all ${rejected.length} recipients were refused, ${[...shown, ...rest].join('; ')}`
}

function replyOf({ code, enhancedCode, message }: RejectedRecipient): string {
  return [code, enhancedCode, message].filter((part) => part !== null && part !== '').join(' ')
}

/** What helps against a refusal, by the subject and detail of its enhanced code (RFC 3463), else by its code. */
function adviceOn({ code, enhancedCode, temporary, message }: RejectedRecipient): string {
  if (wantsTls(code, message)) return 'set transport.tls: starttls'
  const status = enhancedCode?.replace(/^\d+\./, '') ?? ''
  if (temporary) return status === '5.3' ? 'try again later, with fewer recipients' : 'try again later'
  const known = BY_STATUS.find(([pattern]) => pattern.test(status))
  return known?.[1] ?? BY_CODE[code ?? 0] ?? 'ask who runs the server'
}

const TOO_LARGE = 'send smaller or fewer attachments, or use a server that takes more'

const BY_STATUS: readonly (readonly [RegExp, string])[] = [
  [/^(?:3\.4|2\.3)$/, TOO_LARGE],
  [/^2\.2$/, 'the mailbox is full; use another address'],
  [/^1\.[78]$/, 'check the sender'],
  [/^1\./, 'check the address'],
  [/^7\./, 'check the sender and transport.auth, or ask who runs the server'],
]

/** RFC 5321, section 4.2.3; RFC 4954, section 6. */
const BY_CODE: Readonly<Record<number, string>> = {
  530: 'set transport.auth',
  550: 'check the address and the sender',
  551: 'check the address',
  552: 'the mail is too large or the mailbox full; send smaller or fewer attachments, or use another address',
  553: 'check the address and the sender',
}

function cut(reply: string): string {
  return reply.length > LONGEST ? `${reply.slice(0, LONGEST)}…` : reply
}

/** How many refusals a message tells one by one. */
const SHOWN = 3

/** Characters of each reply. */
const LONGEST = 120
