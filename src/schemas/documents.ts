import { z } from 'zod'
import { configSchema } from './config.js'
import { incidentFileSchema } from './incident.js'
import { jobSchema } from './job.js'
import { reportSchema } from './report.js'

const SCHEMAS = { job: jobSchema, config: configSchema, incident: incidentFileSchema, report: reportSchema }

/** A document that has a JSON Schema. */
export type DocumentName = keyof typeof SCHEMAS

/** The documents that have a JSON Schema. */
export const DOCUMENT_NAMES: readonly DocumentName[] = ['job', 'config', 'incident', 'report']

/** A document's JSON Schema, draft 2020-12, as it stands in the package's `schemas` folder. */
export function jsonSchemaOf(name: DocumentName): Readonly<Record<string, unknown>> {
  // As someone writes it, null and all. What a job's bytes look like, JSON Schema is told by `meta`.
  const { $schema, ...schema } = z.toJSONSchema(SCHEMAS[name], { io: 'input', unrepresentable: 'any' })
  return {
    $schema,
    $id: `https://unpkg.com/incident-mailer/schemas/${name}.schema.json`,
    title: `incident-mailer ${name}`,
    ...schema,
  }
}
