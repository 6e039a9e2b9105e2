import { IncidentMailerError } from '../../errors.js'
import { type Choice, checkChoice } from '../choice.js'
import { type ComparedLines, compareLines } from '../compare-lines.js'
import type { MailPreview } from '../facts.js'
import type { RecordedMail } from '../recorded-mails.js'
import type { RouteContext } from './routes.js'

/** Two versions of a mail. */
export interface Comparison {
  /** The other version's, for its frame. */
  readonly id: string
  readonly subject: string
  readonly hasHtml: boolean
  /** The keys of the recorded mails, to compare with. */
  readonly recorded: readonly string[]
  readonly differences: {
    readonly subject: readonly ComparedLines[]
    readonly text: readonly ComparedLines[]
    readonly html: readonly ComparedLines[]
  }
}

/**
 * Compares a mail that is shown with another version of it: as it was when it was shown first (`first`), by another
 * template (`template/LABEL`), or as a test recorded it (`recorded/FILE`).
 */
export async function compare(body: unknown, context: RouteContext): Promise<Comparison> {
  const { choice, id, against } = Object(body) as Record<string, unknown>
  const now = context.shown.get(String(id))
  if (!now) throw absent('the mail is no longer kept; reload the page')
  const recorded = await context.workspace.recorded()
  const other = await otherVersion(String(against), checkChoice(choice), now, recorded, context)
  return {
    id: context.shown.add(other).id,
    subject: other.subject,
    hasHtml: other.html !== null,
    recorded: recorded.map(({ key }) => key),
    differences: {
      subject: compareLines(other.subject, now.subject),
      text: compareLines(other.text, now.text),
      html: compareLines(other.html ?? '', now.html ?? ''),
    },
  }
}

async function otherVersion(
  against: string,
  choice: Choice,
  now: MailPreview,
  recorded: readonly RecordedMail[],
  { workspace, first }: RouteContext,
): Promise<MailPreview> {
  if (against.startsWith('template/')) {
    return await workspace.preview({ ...choice, source: null, template: against.slice('template/'.length) })
  }
  if (against.startsWith('recorded/')) {
    const key = against.slice('recorded/'.length)
    // Compared with what is there, so that a key is never a path.
    const found = recorded.find((each) => each.key === key)
    if (!found) throw absent(`there is no recorded mail ${JSON.stringify(key)}; choose another version`)
    // Its images are those that the mail has now: a snapshot holds none.
    return { ...now, ...found.mail }
  }
  return first.get(choice) ?? now
}

function absent(message: string): IncidentMailerError {
  return new IncidentMailerError('INVALID_REQUEST', message, { stage: 'request' })
}
