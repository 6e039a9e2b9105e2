import { randomUUID } from 'node:crypto'
import type { MailPreview, MessagePart } from '../facts.js'

/** A mail that the page shows, or has just shown. */
export interface ShownMail {
  readonly id: string
  readonly mail: MailPreview
}

/** Keeps the mails that pages still show, so that their frames and parts can be asked for. */
export function shownMails() {
  const shown = new Map<string, MailPreview>()
  return {
    add(mail: MailPreview): ShownMail {
      const id = randomUUID()
      shown.set(id, mail)
      const [oldest] = shown.keys()
      if (shown.size > MOST && oldest !== undefined) shown.delete(oldest)
      return { id, mail }
    },
    get: (id: string): MailPreview | null => shown.get(id) ?? null,
  }
}

/** Pages that are open at once, and what each compares. */
const MOST = 24

/** The part at a place in the tree, or null. */
export function partAt(part: MessagePart, path: string): MessagePart | null {
  if (part.path === path) return part
  for (const child of part.parts) {
    const found = partAt(child, path)
    if (found) return found
  }
  return null
}

/** A mail as the page gets it: without the bytes, which it asks for one by one. */
export function mailForPage({ id, mail }: ShownMail) {
  const { source, parts, ...facts } = mail
  const text = Buffer.from(source).toString()
  return {
    id,
    ...facts,
    source: text.slice(0, SHOWN),
    sourceCut: Math.max(0, text.length - SHOWN),
    parts: withoutContent(parts),
  }
}

interface PartForPage extends Omit<MessagePart, 'content' | 'parts'> {
  readonly contentSize: number
  readonly parts: readonly PartForPage[]
}

function withoutContent({ content, parts, ...part }: MessagePart): PartForPage {
  return { ...part, contentSize: content.length, parts: parts.map(withoutContent) }
}

/** Characters of a source that a page can show without being slow; the rest is in the download. */
const SHOWN = 300_000
