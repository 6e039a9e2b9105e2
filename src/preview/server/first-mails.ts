import type { Choice } from '../choice.js'
import type { MailPreview } from '../facts.js'

/** Keeps each choice's mail as it was when a page showed it first, to compare what became of it. */
export function firstMails() {
  const first = new Map<string, MailPreview>()
  return {
    /** Keeps a mail, unless there is an older one. */
    note(choice: Choice, mail: MailPreview): void {
      const key = JSON.stringify(choice)
      const kept = first.get(key) ?? mail
      // What was asked for last stands last, and goes last.
      first.delete(key)
      first.set(key, kept)
      const [oldest] = first.keys()
      if (first.size > MOST && oldest !== undefined) first.delete(oldest)
    },
    get: (choice: Choice): MailPreview | null => first.get(JSON.stringify(choice)) ?? null,
  }
}

/** While someone types, each pause is a choice. */
const MOST = 60
