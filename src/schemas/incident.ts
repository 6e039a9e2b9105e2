import { z } from 'zod'
import type {
  Artifact,
  DataTable,
  FieldDefinition,
  Incident,
  IncidentAction,
  IncidentAttachment,
  IncidentFile,
  IncidentLinks,
  Note,
  Task,
} from '../incident/incident.js'
import { type Shape, strict } from './shape.js'

/** How an incident is named in its system. */
export const incidentIdSchema = z.union([z.number(), z.string()])

/** An incident's own fields. Whatever else the incident system exported comes along. */
export const bareIncidentSchema = z
  .looseObject({
    id: incidentIdSchema.optional(),
    name: z.string().optional(),
    properties: z.record(z.string(), z.unknown()).optional().describe('Custom fields, by API name.'),
  })
  .describe("An incident's own fields, by API name.") satisfies z.ZodType<Incident>

const artifactSchema = z
  .looseObject({
    value: z.string(),
    type: z.string().optional(),
    description: z.string().nullish(),
  })
  .describe('Something observed: an address, a hash, a URL.') satisfies z.ZodType<Artifact>

const noteSchema: z.ZodType<Note> = z
  .looseObject({
    text: z.string().nullish().describe('Rich text (HTML) or plain text.'),
    user_name: z.string().nullish(),
    create_date: z.number().nullish().describe('Milliseconds since 1970.'),
    get children() {
      return z.array(noteSchema).optional().describe('The replies.')
    },
  })
  .meta({ id: 'note', description: 'A note, with the replies to it.' })

const taskSchema = z
  .looseObject({
    id: incidentIdSchema,
    name: z.string().optional(),
    instructions: z.string().nullish(),
  })
  .describe('A piece of work.') satisfies z.ZodType<Task>

const attachmentSchema = z.looseObject({
  name: z.string(),
  path: z.string().optional().describe("A file, relative to the incident file's folder, and under it."),
  content: z.string().optional().describe('The content in base64, instead of `path`.'),
  contentType: z.string().optional().describe("The media type. Default: by the name's ending."),
} satisfies Shape<IncidentAttachment>)

const tableSchema = z.looseObject({
  text: z.string().optional().describe('The name that people see.'),
  columns: z.array(z.unknown()).optional(),
  rows: z.array(z.unknown()).optional(),
}) satisfies z.ZodType<DataTable>

const fieldSchema = z
  .looseObject({
    input_type: z
      .string()
      .optional()
      .describe('text, textarea, select, multiselect, number, boolean, datepicker or datetimepicker.'),
    text: z.string().optional().describe('The label that people see.'),
    prefix: z.string().nullish().describe('`properties` for a custom field.'),
  })
  .describe('What a field is: decides how its value is printed.') satisfies z.ZodType<FieldDefinition>

const linksSchema = strict({
  baseUrl: z.string().describe('Used letter for letter: `https://soar.example.com:443`.'),
  orgId: z.union([z.number(), z.string()]).optional(),
} satisfies Shape<IncidentLinks>)

const actionSchema = z.looseObject({
  properties: z.record(z.string(), z.unknown()).optional().describe('What was filled in, by API name.'),
  fields: z.record(z.string(), fieldSchema).optional().describe('Definitions of these fields, by API name.'),
} satisfies Shape<IncidentAction>)

/** An incident file: one incident with all that belongs to it. Which folder it lies in, it cannot say itself. */
export const incidentFileSchema = strict({
  incident: bareIncidentSchema,
  artifacts: z.array(artifactSchema).optional(),
  notes: z.array(noteSchema).optional(),
  tasks: z.array(taskSchema).optional(),
  attachments: z.array(attachmentSchema).optional().describe('The files of the incident.'),
  tables: z.record(z.string(), tableSchema).optional().describe('Data tables, by API name.'),
  fields: z.record(z.string(), fieldSchema).optional().describe('Field definitions, by API name.'),
  links: linksSchema.optional().describe('Where people look at the incident.'),
  action: actionSchema.optional().describe('What people filled in when they started the action that mails.'),
} satisfies Shape<Omit<IncidentFile, 'folder'>>).describe('One incident with all that belongs to it.')
