import { z } from 'zod'
import { IncidentMailerError, messageOf } from '../errors.js'
import { parseJson } from '../json.js'
import type { MailRequest } from '../mail.js'
import { checkRequest } from '../schemas/job.js'

/** What someone chose to look at. The page's address holds it. */
export interface Choice {
  /** The label of a template; null for an opened one, or for a body alone. */
  readonly template: string | null
  /** The source of a template that was opened rather than configured. */
  readonly source: string | null
  /** The key of a listed incident, or null. */
  readonly incident: string | null
  /** An incident as JSON, which wins over a listed one. */
  readonly pasted: string | null
  /** The job's other fields. */
  readonly fields: MailRequest
}

/** A choice that says only what exists. */
export function checkChoice(value: unknown): Choice {
  const checked = choiceSchema.safeParse(value)
  if (!checked.success) {
    throw new IncidentMailerError('INVALID_REQUEST', 'the page asked for something that does not exist', {
      stage: 'request',
    })
  }
  return { ...checked.data, fields: checkRequest(checked.data.fields) }
}

/** The request that a choice means. */
export function requestOf(choice: Choice): MailRequest {
  const { template, source, incident, pasted, fields } = choice
  return checkRequest({
    ...fields,
    ...(source !== null ? { inlineTemplate: source } : template !== null && { template }),
    ...(pasted !== null ? { incident: parsed(pasted) } : incident !== null && { incident }),
  })
}

/** The name that errors give to an incident that was pasted. */
export const PASTED = 'the pasted incident'

function parsed(text: string): unknown {
  try {
    const value = parseJson(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch (cause) {
    throw invalid(`does not parse: ${messageOf(cause)}`)
  }
  throw invalid('has to be one JSON object')
}

function invalid(problem: string): IncidentMailerError {
  return new IncidentMailerError('INVALID_INCIDENT', `${PASTED} ${problem}`, {
    stage: 'request',
    field: 'incident',
  })
}

const text = z.string().nullable().default(null)
const choiceSchema = z.strictObject({
  template: text,
  source: text,
  incident: text,
  pasted: text,
  fields: z.record(z.string(), z.unknown()).default({}),
})
