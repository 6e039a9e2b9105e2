import type { WarningCode } from '../../mail.js'

/** Something that looks wrong with a mail. */
export interface Finding {
  readonly code: FindingCode
  /** `warning`: most readers will trip over it. `note`: some may, and it can be meant so. */
  readonly level: 'warning' | 'note'
  /** Says what and where, and what to do. */
  readonly message: string
}

/** What a finding is about: what a report would warn of, and what only a preview looks for. */
export type FindingCode =
  | WarningCode
  | 'MISSING_ALT'
  | 'LOW_CONTRAST'
  | 'BROKEN_LINK'
  | 'CLIENT_SUPPORT'
  | 'LONG_SUBJECT'
  | 'TEXT_DIFFERS'
  | 'LARGE_HTML'
  | 'LARGE_MESSAGE'
  | 'SECRET'
  | 'PRIVATE_ADDRESS'
  | 'UNESCAPED_FIELD'

/** Text from a mail in a message, on one line and not too long. */
export function shown(text: string, longest = 60): string {
  const line = text.replace(/[\p{Cc}\s]+/gu, ' ').trim()
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line
}
