import { z } from 'zod'
import { decodeBase64 } from '../decode-base64.js'
import { IncidentMailerError } from '../errors.js'
import type { DsnOptions, MailRequest, RequestAttachment } from '../mail.js'
import { remembered } from '../remembered.js'
import { FOREIGN_KEYS } from './foreign-keys.js'
import { bareIncidentSchema, incidentFileSchema, incidentIdSchema } from './incident.js'
import { MAX_TIMEOUT } from './limits.js'
import { check } from './problem.js'
import { optional, type Shape, strict, word } from './shape.js'

const flag = optional(z.boolean())
const text = optional(z.string())
const addresses = optional(z.union([z.string(), z.array(z.string())]))

/** Base64 in a job; a caller of the library may bring the bytes themselves, which JSON Schema cannot say. */
const contentSchema = z
  .custom<string | Uint8Array>(
    (value) => value instanceof Uint8Array || typeof value === 'string',
    'must be base64',
  )
  .meta({ type: 'string', contentEncoding: 'base64' })
  .transform((value, { addIssue }) => {
    const bytes = typeof value === 'string' ? decodeBase64(value) : value
    if (bytes === null) addIssue('must be base64, in the standard alphabet and with padding')
    return bytes ?? value
  })

const attachmentSchema = strict(
  {
    name: z
      .string()
      .optional()
      .describe('The file name the recipient sees. Default: the last part of `path`.'),
    path: z
      .string()
      .optional()
      .describe("A file, relative to the job's folder, and under it or one of `attachmentFolders`."),
    content: contentSchema.optional().describe('The content in base64. Instead of `path`.'),
    contentType: z.string().optional().describe("The media type. Default: by the name's ending."),
    cid: z.string().optional().describe('The Content-ID by which the HTML shows it: `<img src="cid:logo">`.'),
  } satisfies Shape<RequestAttachment>,
  { filename: 'is an unknown key; did you mean "name"?' },
)
  .refine(({ path, content }) => (path === undefined) !== (content === undefined), {
    error: 'must have either "path" or "content"',
  })
  .meta({
    oneOf: ['path', 'content'].map((key) => ({
      type: 'object',
      properties: { [key]: { type: 'string' } },
      required: [key],
    })),
  })

const dsnSchema = strict({
  notify: z
    .union([
      z.array(word(['success', 'failure', 'delay'])).min(1, 'must name "success", "failure" or "delay"'),
      word(['never'], 'must be a list of "success", "failure" and "delay", or "never"'),
    ])
    .optional()
    .describe(
      'Of what servers tell, for each recipient; `never` asks for silence. Default: `success`, `failure` and `delay`.',
    ),
  return: word(['headers', 'full'])
    .optional()
    .describe('How much of the mail comes back with the news of a failure. Default `headers`.'),
  envelopeId: z
    .string()
    .regex(/^[ -~]{1,100}$/, 'must be 1 to 100 printable ASCII characters')
    .optional()
    .describe('What notifications call the mail. Default: the Message-ID.'),
  required: z
    .boolean()
    .optional()
    .describe(
      'Send nothing where the way out cannot ask for them; false sends without them, with a warning. Default true.',
    ),
} satisfies Shape<DsnOptions>)

/** A job: what someone asks to be mailed. */
export const jobSchema = strict(
  {
    to: addresses.describe('Who gets the mail: addresses with commas between, or a list.'),
    cc: addresses.describe('Who gets a copy.'),
    bcc: addresses.describe('Who gets a copy unseen. Never written into the mail.'),
    from: text.describe("The author. Default: the config's `from`."),
    replyTo: addresses.describe('Where replies go, when not to `from`.'),
    subject: text.describe(
      "The subject, a template too. Default: the template's own, else `[{{ incident.id }}] {{ incident.name }}`.",
    ),
    template: text.describe('The label of a template, configured or built in.'),
    inlineTemplate: text.describe("A template's source. Not together with `template`."),
    body: text.describe('A body as it is, HTML or plain text. A template wins over it, unless `mergeBody`.'),
    textBody: text.describe('The plain-text twin of an HTML body. Default: made from the HTML.'),
    format: optional(word(['auto', 'html', 'text'])).describe(
      'Whether the content is HTML. Default `auto`: found out from the content.',
    ),
    mergeBody: flag.describe('Append `body` to the rendered template. Default false.'),
    incident: optional(
      z.union([
        incidentIdSchema,
        incidentFileSchema,
        bareIncidentSchema.extend({ incident: z.never().optional() }),
      ]),
    ).describe("The incident: its id, an incident file's content, or the incident's fields alone."),
    importance: optional(word(['low', 'normal', 'high'])).describe(
      'Sets Importance, X-Priority, X-MSMail-Priority and Priority. Default: no such header fields.',
    ),
    dsn: optional(z.union([z.boolean(), dsnSchema])).describe(
      'Ask for delivery status notifications (RFC 3461): true for all, or which. Default false.',
    ),
    messageId: text.describe(
      "The Message-ID, with or without angle brackets. Default: a new one at the sender's domain.",
    ),
    idempotencyKey: text.describe(
      'The same key gives the same Message-ID, so that a second try is the same mail.',
    ),
    inReplyTo: text.describe('The Message-ID that this mail answers.'),
    references: optional(z.union([z.string(), z.array(z.string())])).describe(
      'The Message-IDs of the thread so far, oldest first: a list, or a string with spaces or commas.',
    ),
    thread: flag.describe('Put all mails of one incident in one thread. Default false.'),
    attachments: optional(z.union([z.string(), z.array(z.union([z.string(), attachmentSchema]))])).describe(
      '`"*"` for all files of the incident, names with commas, or a list of names and files.',
    ),
    strictAttachments: flag.describe(
      'Make a file that is not there an error rather than a warning. Default false.',
    ),
    headers: optional(z.record(z.string(), z.string())).describe(
      'More header fields. `Subject` here wins; `To`, `From` and `Cc` here are for display only.',
    ),
    sign: flag.describe('Sign with S/MIME. Default: true when an identity is configured.'),
    encrypt: flag.describe('Encrypt with S/MIME. Default: true when `encryptionCertificates` is given.'),
    // A list that a playbook filled for each recipient may have empty places; `encrypt` sees who has none.
    encryptionCertificates: optional(
      z.union([
        z.string(),
        z.array(
          z
            .string()
            .nullable()
            .transform((pem) => pem ?? ''),
        ),
      ]),
    ).describe("The recipients' certificates in PEM: one string, with commas between or not, or a list."),
    protectHeaders: optional(z.union([z.boolean(), word(['baseline', 'shy'])])).describe(
      "Sign and encrypt the header fields too (RFC 9788): true, or what stands outside the encryption. Default: the config's, else false.",
    ),
    locale: optional(
      z.string().refine(isLocale, 'must be a language tag (BCP 47) such as "en" or "de-CH"'),
    ).describe('The language of dates and numbers, as a BCP 47 tag. Default `en`.'),
    timeZone: optional(
      z.string().refine(isTimeZone, 'must be an IANA time zone such as "UTC" or "Europe/Zurich"'),
    ).describe('The time zone of dates, as an IANA name. Default `UTC`.'),
    tlp: optional(word(['red', 'amber', 'amber+strict', 'green', 'clear'])).describe(
      'The Traffic Light Protocol label (TLP 2.0) that built-in templates show.',
    ),
    strictUndefined: flag.describe(
      'Make an undefined template variable an error rather than a warning. Default false.',
    ),
    profile: text.describe("The profile by which it is sent. Default: the config's."),
    timeout: optional(z.int().min(1).max(MAX_TIMEOUT)).describe(
      "The time for the whole send, in milliseconds. Default: the config's, else 60,000.",
    ),
  } satisfies Shape<MailRequest>,
  FOREIGN_KEYS,
).describe('What someone asks to be mailed.')

/**
 * A request that says only what exists, in the kinds it may have. Its meaning (do these addresses parse, is
 * there such a template) is the stages' own business.
 *
 * @throws IncidentMailerError `INVALID_REQUEST`, naming the field
 */
export function checkRequest(value: unknown): MailRequest {
  const checked = check(schemaFor(value), value)
  if ('data' in checked) return checked.data
  const { field, sentence } = checked.problem
  throw new IncidentMailerError('INVALID_REQUEST', `${field ?? 'the job'} ${sentence}`, {
    stage: 'request',
    field: field ?? undefined,
  })
}

/** The schema of those keys alone that a job has: to look at the many that it has not would take most of the time. */
function schemaFor(job: unknown): z.ZodType<MailRequest> {
  if (typeof job !== 'object' || job === null) return jobSchema
  // Inherited ones too, and those that a proxy answers for without listing them, as the schema reads them.
  const keys = KEYS.filter((key) => key in job || Reflect.get(job, key) !== undefined)
  return remembered(narrowed, MOST_NARROWED, keys.join(), () => {
    const mask: { [Key in keyof MailRequest]?: true } = Object.fromEntries(keys.map((key) => [key, true]))
    return jobSchema.pick(mask)
  })
}

const KEYS = Object.keys(jobSchema.shape)

/** Those used before, by their keys. */
const narrowed = new Map<string, z.ZodType<MailRequest>>()

const MOST_NARROWED = 100

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}
