import type { ErrorCode } from '../../error-codes.js'
import { IncidentMailerError } from '../../errors.js'
import { isFields } from '../../incident/data.js'
import type { IncidentWant } from '../../incident/incident.js'
import { checkWants } from '../../incident/wants.js'
import type { RenderBounds } from '../../jinja/environment.js'
import type { Warning } from '../../mail.js'
import type { Words, WordsJob } from '../render-words.js'

/** What the process that renders is told: first how templates are, then one mail after another. */
export type ToChild =
  | {
      readonly type: 'start'
      readonly globals: Readonly<Record<string, unknown>>
      readonly limits: RenderBounds
    }
  /** `fetches` are the kinds of things that the incident source can get beyond the incident. */
  | { readonly type: 'render'; readonly job: WordsJob; readonly fetches: readonly IncidentWant['kind'][] }
  | { readonly type: 'answers'; readonly answers: readonly unknown[] }

/** What it says: that it is there, what it lacks, and what became of the mail. */
export type FromChild =
  | { readonly type: 'ready' }
  | { readonly type: 'wants'; readonly wants: readonly IncidentWant[] }
  | { readonly type: 'words'; readonly words: Words }
  | { readonly type: 'refused'; readonly error: IncidentMailerError }
  | { readonly type: 'broken'; readonly message: string }

/** What rendering a mail's words can fail with; no other code is believed. */
const codes: readonly ErrorCode[] = [
  'TEMPLATE_ERROR',
  'UNDEFINED_VARIABLE',
  'TEMPLATE_SOURCE_EXCEEDED',
  'TEMPLATE_STEPS_EXCEEDED',
  'TEMPLATE_OUTPUT_EXCEEDED',
  'TEMPLATE_NESTING_EXCEEDED',
  'TEMPLATE_TIME_EXCEEDED',
  'INVALID_INCIDENT',
  'INVALID_REQUEST',
  'HEADER_INJECTION',
  'FILE_UNREADABLE',
]
const warningCodes: readonly Warning['code'][] = ['UNDEFINED_VARIABLE', 'UNUSED_BODY']
const longestMessage = 2000

/**
 * Reads a message of the process that renders, which may be in an attacker's hands: null where it is nothing that
 * ours would say.
 */
export function readMessage(message: unknown): FromChild | null {
  if (!isFields(message)) return null
  switch (message.type) {
    case 'ready':
      return { type: 'ready' }
    case 'wants': {
      const wants = checkWants(message.wants)
      return wants && { type: 'wants', wants }
    }
    case 'words': {
      const words = readWords(message.words)
      return words && { type: 'words', words }
    }
    case 'refused': {
      const error = readError(message.error)
      return error && { type: 'refused', error }
    }
    case 'broken':
      return { type: 'broken', message: shortened(message.message) }
    default:
      return null
  }
}

function readWords(words: unknown): Words | null {
  if (!isFields(words)) return null
  const { subject, html, text, isTemplateHtml, warnings } = words
  if (typeof subject !== 'string' || /[\r\n]/.test(subject) || typeof text !== 'string') return null
  if ((html !== null && typeof html !== 'string') || !Array.isArray(warnings)) return null
  const read = warnings.map(readWarning)
  if (!read.every((warning) => warning !== null)) return null
  return { subject, html, text, isTemplateHtml: isTemplateHtml === true, warnings: read }
}

function readWarning(warning: unknown): Warning | null {
  if (!isFields(warning)) return null
  const code = warningCodes.find((known) => known === warning.code)
  return code ? { code, message: shortened(warning.message) } : null
}

function readError(error: unknown): IncidentMailerError | null {
  if (!isFields(error)) return null
  const code = codes.find((known) => known === error.code)
  const field = typeof error.field === 'string' ? error.field.slice(0, 100) : undefined
  return code ? new IncidentMailerError(code, shortened(error.message), { field }) : null
}

function shortened(message: unknown): string {
  return String(message).slice(0, longestMessage)
}
