import { IncidentMailerError } from '../errors.js'
import { suggestion } from '../nearest.js'
import { quoted } from '../quoted.js'
import type { Choices } from './workspace.js'

/**
 * Refuses a label that no template has.
 *
 * @throws IncidentMailerError `UNKNOWN_TEMPLATE`, with the one that was probably meant
 */
export function assertTemplate(label: string, { templates }: Pick<Choices, 'templates'>): void {
  const known = templates.map((template) => template.label)
  if (known.includes(label)) return
  const message = `there is no template ${quoted(label)}, and no file of that name; ${suggestion(label, known)}`
  throw new IncidentMailerError('UNKNOWN_TEMPLATE', message, { field: 'template' })
}
