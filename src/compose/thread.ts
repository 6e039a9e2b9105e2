import { IncidentMailerError } from '../errors.js'
import type { RenderedMail } from '../mail.js'
import { messageIdOfKey, newMessageId, readMessageIds, readOwnMessageId, threadRootOf } from './message-id.js'
import type { OwnHeaders } from './own-headers.js'

/** A mail's own id, and its place in a thread. */
export interface ThreadPlace {
  readonly messageId: string
  /** The id of the mail it answers, or null. */
  readonly inReplyTo: string | null
  /** The ids from the thread's first mail to the one it answers. */
  readonly references: readonly string[]
}

/**
 * Gives a mail its Message-ID and its place in a thread (RFC 5322, section 3.6.4).
 *
 * `thread` puts it under a root of the incident's own. No mail has that id; clients thread by it all the
 * same, and so no mail has to be the first.
 *
 * @throws {@link IncidentMailerError} `INVALID_REQUEST` or `HEADER_INJECTION`, naming the field.
 */
export function placeInThread(mail: RenderedMail, own: OwnHeaders, domain: string): ThreadPlace {
  const { request } = mail
  const root = request.thread ? threadRoot(mail, domain) : null
  const messageId = chooseMessageId(mail, own, domain)
  const answered = readInReplyTo(mail, own)
  const before = own.get('references')
  const chain = before ? readMessageIds(before.value, before.field) : readReferences(request.references)
  const references = [root, ...chain, answered].filter((id) => id !== null && id !== messageId)
  return { messageId, inReplyTo: answered ?? root, references: shorten(distinct(references)) }
}

function chooseMessageId({ request }: RenderedMail, own: OwnHeaders, domain: string): string {
  const header = own.get('message-id')
  if (header) return readOwnMessageId(header.value, header.field)
  if (request.messageId) return readOwnMessageId(request.messageId, 'messageId')
  const key = request.idempotencyKey
  if (key === undefined) return newMessageId(domain)
  if (key === '')
    throw new IncidentMailerError(
      'INVALID_REQUEST',
      'idempotencyKey is empty, and would give every mail the same Message-ID; fill it, or leave it out',
      { field: 'idempotencyKey' },
    )
  return messageIdOfKey(key, domain)
}

function readInReplyTo({ request }: RenderedMail, own: OwnHeaders): string | null {
  const header = own.get('in-reply-to')
  const field = header?.field ?? 'inReplyTo'
  const [id, another] = readMessageIds(header?.value ?? request.inReplyTo ?? '', field)
  if (another !== undefined)
    throw new IncidentMailerError(
      'INVALID_REQUEST',
      `${field} has to be the one Message-ID that this mail answers; the others go into references`,
      { field },
    )
  return id ?? null
}

function readReferences(references: string | readonly string[] = []): string[] {
  if (typeof references === 'string') return readMessageIds(references, 'references')
  return references.flatMap((text, index) => readMessageIds(text, `references[${index}]`))
}

function threadRoot(mail: RenderedMail, domain: string): string {
  const id = mail.incident?.incident.id
  if ((typeof id === 'number' || typeof id === 'string') && id !== '') return threadRootOf(id, domain)
  throw new IncidentMailerError(
    'INVALID_REQUEST',
    'thread needs an incident with an id, by which its mails find each other; give one, or leave thread out',
    { field: 'thread' },
  )
}

/** Each id once, at its last place: what a mail answers stands at the end. The root keeps its own. */
function distinct(ids: readonly (string | null)[]): string[] {
  const [root, ...rest] = ids.filter((id) => id !== null)
  if (root === undefined) return []
  const latestFirst = new Set(rest.filter((id) => id !== root).reverse())
  return [root, ...[...latestFirst].reverse()]
}

/** A chain grows with every answer; its root and its end are what clients thread by. */
function shorten(ids: readonly string[]): readonly string[] {
  return ids.length <= LONGEST_CHAIN ? ids : [...ids.slice(0, 1), ...ids.slice(1 - LONGEST_CHAIN)]
}

const LONGEST_CHAIN = 30
