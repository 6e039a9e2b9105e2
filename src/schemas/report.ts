import { z } from 'zod'
import type { ErrorSummary } from '../errors.js'
import type {
  DeliveryReport,
  HeaderProtection,
  RecipientCertificate,
  RejectedRecipient,
  Timings,
  UsedCertificate,
  Warning,
} from '../mail.js'
import { type Shape, strict } from './shape.js'

const addresses = z.array(z.string())
const milliseconds = z.number().optional()

const warningSchema = strict({
  code: z.string().describe('What it is about. There may be new ones in any version.'),
  message: z.string().describe('Says what and where, and what to do.'),
} satisfies Shape<Record<keyof Warning, string>>)

const rejectedSchema = strict({
  address: z.string(),
  code: z.number().nullable().describe('The reply code (RFC 5321, section 4.2), or null.'),
  enhancedCode: z.string().nullable().describe('The enhanced status code (RFC 3463), or null.'),
  temporary: z.boolean().describe('Whether the same recipient may be accepted later.'),
  message: z.string().describe("The server's words."),
} satisfies Shape<RejectedRecipient>)

const certificate = {
  subject: z.string().describe('The distinguished name, most specific part last.'),
  issuer: z.string(),
  serialNumber: z.string().describe('Hexadecimal.'),
  fingerprint: z.string().describe('SHA-256 over the certificate, hexadecimal with colons.'),
  addresses: addresses.describe('The mail addresses it names.'),
  notAfter: z.string().describe('The last moment of its validity, ISO 8601.'),
  daysLeft: z.int().describe("The whole days that it is still valid, from the mail's date on."),
} satisfies Shape<UsedCertificate>

const recipientCertificateSchema = strict({
  ...certificate,
  recipient: z.string().describe('Whom it serves.'),
} satisfies Shape<RecipientCertificate>)

const headerProtectionSchema = strict({
  hp: z
    .enum(['clear', 'cipher'])
    .describe('`clear`: they are signed. `cipher`: they are inside the encryption.'),
  fields: z.array(z.string()).describe('The names of all fields that it covers.'),
  hidden: z.array(z.string()).describe('Those whose value does not stand outside the encryption.'),
} satisfies Shape<HeaderProtection>)

const timingsSchema = strict({
  render: milliseconds,
  compose: milliseconds,
  sign: milliseconds,
  encrypt: milliseconds,
  deliver: milliseconds,
} satisfies Shape<Timings>)

const errorSchema = strict({
  code: z.string().describe('What went wrong, for a program to decide on.'),
  stage: z.string().nullable().describe('The stage that failed, or null before any began.'),
  temporary: z.boolean().describe('Whether the same job may succeed later, unchanged.'),
  field: z.string().nullable().describe('The field of the job, or the key of the config, that is wrong.'),
  message: z.string().describe('Says what and where, and what to do.'),
  messageId: z.string().nullable().describe('The Message-ID of the mail, or null where it has none yet.'),
} satisfies Shape<Record<keyof ErrorSummary, string | boolean | null>>).describe('Why the command failed.')

type ReportOnPaper = Omit<DeliveryReport, 'warnings'> & { warnings: readonly Record<keyof Warning, string>[] }

const deliveryReportSchema = strict({
  messageId: z.string().describe('With its angle brackets; empty for a raw message that has none.'),
  serverResponse: z
    .string()
    .nullable()
    .describe("The server's last word; where copies differ, one line a copy. Null when nothing was sent."),
  accepted: addresses.describe('Recipients whom the server accepted.'),
  rejected: z.array(rejectedSchema).describe('Recipients whom the server refused.'),
  outcome: z
    .enum(['sent', 'partial', 'failed', 'unknown'])
    .nullable()
    .describe(
      'Whether every recipient was accepted, some, or none; unknown: the connection was lost after the data. Null for a dry run.',
    ),
  envelope: strict({ from: z.string(), to: addresses }).describe("The envelope's sender and recipients."),
  subject: z.string().describe('As people read it.'),
  signed: z.boolean(),
  encrypted: z.boolean().describe('Whether every copy is encrypted.'),
  signer: strict(certificate).nullable().describe('Who signed, or null.'),
  cosigners: z.array(strict(certificate)).describe('Who signed beside the signer; empty where nobody did.'),
  recipientsCertificates: z
    .array(recipientCertificateSchema)
    .describe('For whom it is encrypted; empty while it is not.'),
  unencrypted: addresses.describe('Who was to get it signed and not encrypted, for want of a certificate.'),
  leftOut: addresses.describe('Who was not to get it, for want of a certificate.'),
  headerProtection: headerProtectionSchema
    .nullable()
    .describe('How its header fields are protected (RFC 9788), or null where they are not.'),
  size: z.number().describe('Octets of the message; of the largest copy where they differ.'),
  warnings: z.array(warningSchema).describe('What a reader should know although the mail went on.'),
  timings: timingsSchema.describe('How long each stage took, in milliseconds.'),
} satisfies Shape<ReportOnPaper>)

const line = z.int().optional().describe("With --jsonl: the job's line, from 1.")

/** What `send` prints: a report, one with an error where the server took nothing, or the error alone. */
export const reportSchema = z
  .union([
    deliveryReportSchema.extend({ line, error: errorSchema.optional() }),
    strict({ line, error: errorSchema }).describe('Nothing was sent.'),
    strict({
      line,
      messageId: z.string(),
      earlier: z
        .enum(['sent', 'refused', 'unknown'])
        .describe('What an earlier run on the same journal found.'),
      error: errorSchema.optional(),
    }).describe('With --resume: nothing was sent this time.'),
  ])
  .describe('What became of a job.')
