import { z } from 'zod'
import type { DkimOptions } from '../deliver/dkim.js'
import type { LimitOptions } from '../deliver/limits.js'
import type { RetryOptions } from '../deliver/retry.js'
import type { SendmailOptions } from '../deliver/sendmail.js'
import { WAY_SHAPE } from '../deliver/several-options.js'
import type { GuardOptions, TlpRule } from '../guard/guard.js'
import type { NotifierOptions, SmimeOptions } from '../notifier/notifier-options.js'
import { invalidOption } from '../options.js'
import type { Branding } from '../render/branding.js'
import type { IsolationOptions, TemplateLimits } from '../render/render.js'
import type { HeaderPolicyName } from '../smime/index.js'
import { graphSchema } from './graph.js'
import { MAX_TIMEOUT } from './limits.js'
import { check, IS_MISSING, named } from './problem.js'
import { profilesSchema } from './profile.js'
import { settingOf } from './setting.js'
import { type Shape, strict, word } from './shape.js'

import { completeSmtpSchema } from './smtp.js'

const path = z.string().min(1, 'must be a path, and is empty')
const text = z.string().optional()

const templateSchema = z.union([
  path,
  strict({
    html: path.optional().describe('The file with the HTML.'),
    text: path.optional().describe('The file with the plain text.'),
    subject: text.describe('The template of the subject itself.'),
  }),
])

const milliseconds = z.int().min(1).max(MAX_TIMEOUT).optional()
const count = z.int().min(1).optional()
const flag = z.boolean().optional()

const identitySchema = z.union([
  strict({
    p12: path.describe('A PKCS#12 file, or a file with one in base64.'),
    passphrase: text.describe('Default: none.'),
  }),
  strict({
    certificate: path.describe('A PEM file, or PEM.'),
    privateKey: path.describe('A file (PEM or DER), or PEM.'),
    chain: path.optional().describe('The certificates up to the root, in a PEM file or PEM.'),
    passphrase: text.describe('Opens the private key. Default: none.'),
  }),
])

const smimeSchema = strict({
  identity: identitySchema
    .optional()
    .describe('Whose signature mails bear. Default: none, mails are not signed.'),
  cosigners: z
    .array(identitySchema)
    .optional()
    .describe(
      'Who signs the same mails beside `identity`, each with a signature of their own. Default: nobody.',
    ),
  signatureForm: word(['detached', 'opaque'])
    .optional()
    .describe(
      '`detached`: the content stays readable, the signature is attached. `opaque`: the content stands inside the signature. Default `detached`.',
    ),
  signatureScheme: word(['pkcs1', 'pss'])
    .optional()
    .describe('How RSA keys sign. Default `pkcs1`, save for keys that are for PSS alone.'),
  signatureHash: word(['sha256', 'sha384', 'sha512'])
    .optional()
    .describe('Default: by each key, `sha384` for P-384, `sha512` for P-521, else `sha256`.'),
  certificates: path
    .optional()
    .describe(
      'A folder or file of certificates (PEM, DER or LDIF), found by the address they name. Default: those in the job alone.',
    ),
  trust: path
    .optional()
    .describe(
      "A PEM file of authorities; a recipient's certificate that none of them vouches for is a warning.",
    ),
  crls: path
    .optional()
    .describe(
      'A folder or file of revocation lists (PEM or DER) for that check, and for verify and decrypt. Default: revocation is not checked.',
    ),
  cipher: word(['auto', 'aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc', 'aes-128-gcm', 'aes-256-gcm'])
    .optional()
    .describe(
      'What encrypts the content. `auto`: the best that all certificates say their owners read, and `aes-256-cbc` where they say nothing. Default `auto`.',
    ),
  keyTransport: word(['pkcs1', 'oaep'])
    .optional()
    .describe("How the content's key is encrypted for RSA keys. Default `pkcs1`."),
  protectHeaders: z
    .union([z.boolean(), word(['baseline', 'shy'])])
    .optional()
    .describe(
      'Sign and encrypt the header fields too (RFC 9788): true, or what stands outside the encryption. Default false.',
    ),
  legacyDisplay: flag.describe(
    "Repeat hidden header fields at the top of an encrypted mail's text, for mail programs that know no header protection. Default true.",
  ),
  missingCertificate: word(['fail', 'sign-only', 'skip'])
    .optional()
    .describe(
      'What becomes of recipients without a certificate: `fail`, nothing is sent; `sign-only`, they get the mail signed and not encrypted; `skip`, they do not get it. Default `fail`.',
    ),
  encryptToSelf: z
    .union([z.boolean(), path])
    .optional()
    .describe(
      "Encrypt every copy for the sender too: `true` for the identity's certificate, or a certificate's file or PEM. Default false.",
    ),
} satisfies Shape<
  Omit<SmimeOptions, 'protectHeaders'> & { readonly protectHeaders?: boolean | HeaderPolicyName }
>)

const retrySchema = strict({
  attempts: count.describe('How often a mail is tried in all. Default 5.'),
  delay: milliseconds.describe(
    'The wait after the first attempt, in milliseconds; each further one is twice as long. Default 1,000.',
  ),
  maxDelay: milliseconds.describe('The longest wait, in milliseconds. Default 300,000.'),
  jitter: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('How much of a wait is left to chance, from 0 to 1. Default 0.5.'),
} satisfies Shape<RetryOptions>)

const limitsSchema = strict({
  mailsPerSecond: z
    .number()
    .positive()
    .optional()
    .describe('How many mails are begun in a second. Default: any number.'),
  bytesInFlight: z
    .number()
    .positive()
    .optional()
    .describe('How many octets are under way at once; a larger mail goes alone. Default: any number.'),
} satisfies Shape<LimitOptions>)

const dkimSchema = strict({
  domainName: z.string().describe('The domain that signs: the one in From, or one above it.'),
  keySelector: z
    .string()
    .describe(
      'Which of its keys: the public one stands in DNS under `<keySelector>._domainkey.<domainName>`.',
    ),
  privateKey: path.describe('The private key, RSA: a PEM file, or PEM.'),
} satisfies Shape<DkimOptions>)

const sendmailSchema = strict({
  sendmail: path.describe('The path of a sendmail program: `/usr/sbin/sendmail`.'),
  dsn: flag.describe(
    'Whether it takes -N, -R and -V for delivery status notifications, as those of Postfix and Sendmail do; to Exim -N means not to deliver. Default false.',
  ),
  args: z.array(z.string()).optional().describe("Arguments of one's own, before ours. Default: none."),
} satisfies Shape<SendmailOptions>)

const transportKinds = [
  z.string(),
  completeSmtpSchema,
  strict({ folder: path }),
  sendmailSchema,
  graphSchema,
] as const

const oneTransport = z.union(transportKinds)

const severalSchema = strict({
  transports: z
    .array(
      strict({
        transport: z.union(transportKinds, {
          error: ({ input }) => (input === undefined ? `${IS_MISSING}${WAY_SHAPE}` : undefined),
        }),
        weight: z.number().min(0).optional().describe('Its share of the mails. Default: in their order.'),
      }),
    )
    .describe('Several ways, of which a mail takes the first that works.'),
})

const patterns = z.array(z.string()).optional()

const tlpRuleSchema = strict({
  recipients: patterns.describe('Who may get it. Default: whoever `guard.recipients` allows.'),
  encrypt: flag.describe('Whether it has to be encrypted. Default false.'),
} satisfies Shape<TlpRule>).optional()

const tlpLabel = word(['red', 'amber', 'amber+strict', 'green', 'clear'])

const guardSchema = strict({
  recipients: patterns.describe(
    'Who may get mail at all: addresses, domains (`example.com`), and all below one (`*.example.com`). Default: everybody.',
  ),
  refuse: patterns.describe('Who may not, even where `recipients` allows it. Default: nobody.'),
  encryptTo: patterns.describe('To whom nothing goes unencrypted. Default: nobody.'),
  tlp: strict({
    red: tlpRuleSchema,
    amber: tlpRuleSchema,
    'amber+strict': tlpRuleSchema,
    green: tlpRuleSchema,
    clear: tlpRuleSchema,
  })
    .optional()
    .describe(
      'Rules by TLP label. A label without one has that of the next less strict label; a mail without a label is refused. Default: no rules.',
    ),
  defaultTlp: tlpLabel.optional().describe('The label of mails whose job gives none. Default: none.'),
  maxRecipients: count.describe('The most recipients a mail may have. Default: any number.'),
  maxSize: count.describe('The largest message, in octets. Default: any size.'),
} satisfies Shape<GuardOptions>)

const color = z
  .string()
  .regex(/^#[\da-fA-F]{6}$/, 'must be a colour such as "#175cd3"')
  .optional()

const brandingSchema = strict({
  name: text.describe('Who sends: stands in the header. Default: none.'),
  logo: path
    .optional()
    .describe(
      'A PNG, JPEG or GIF file, shown 32 pixels high; it travels inside the mail. Default: a small shield.',
    ),
  headerColor: color.describe('The colour of the header. Default `#15243b`.'),
  accentColor: color.describe('The colour of buttons and links. Default `#175cd3`.'),
  footer: text.describe('Plain text below every mail; line breaks are kept. Default: none.'),
  signature: text.describe("Plain text that ends every mail's content; line breaks are kept. Default: none."),
} satisfies Shape<Branding>)

const templateLimitsSchema = strict({
  steps: count.describe('Rounds of loops, calls, and items that filters go through. Default 1,000,000.'),
  output: count.describe('Characters of a result, and of any text on the way. Default 10,000,000.'),
  nesting: count.describe('Includes, blocks and macros inside one another. Default 60.'),
  time: milliseconds.describe('Milliseconds. Default 10,000.'),
} satisfies Shape<TemplateLimits>)

const isolationSchema = strict({
  processes: count.describe('How many processes render at once. Default 2.'),
  time: milliseconds.describe(
    'What a process may work on one mail before it is killed, in milliseconds. Default 20,000.',
  ),
  memory: z
    .int()
    .min(64)
    .optional()
    .describe('What the JavaScript of a process may hold, in megabytes. Default 512.'),
} satisfies Shape<IsolationOptions>)

/** What a config file may hold: those of the notifier's options that text can say. */
export type Config = z.infer<typeof configSchema>

/** A config file. */
export const configSchema = strict({
  $schema: text.describe('Where an editor finds this schema.'),
  from: text.describe('The author of mails whose job names none.'),
  transport: z
    .union([oneTransport, severalSchema])
    .optional()
    .describe(
      'The way to the mail server: a URL, settings, a folder for .eml files, a sendmail program, or several of these. Default: the folder `outbox`.',
    ),
  templates: z.record(z.string(), templateSchema).optional().describe('Files by template label.'),
  ignoreLabelCase: flag.describe(
    'Find templates by their label whatever its case. Default false; true for an app.config.',
  ),
  defaultTemplate: text.describe('The label used where a job has neither body nor template. Default: none.'),
  incidents: path
    .optional()
    .describe('An incident file, or a folder of them by id: where the ids in jobs are looked up.'),
  dateFormat: text.describe('How dates in incidents are printed. Default: as Python prints them.'),
  globals: z
    .record(z.string(), z.json())
    .optional()
    .describe('Data that every template knows by name. Default: none.'),
  templateLimits: templateLimitsSchema
    .optional()
    .describe('What one template may use before it is stopped. Default: far more than any mail needs.'),
  isolated: z
    .union([z.boolean(), isolationSchema])
    .optional()
    .describe('Render in processes of their own, for templates nobody trusts. Default false.'),
  branding: brandingSchema.optional().describe('How the built-in mails look, and what they end with.'),
  attachmentFolders: z
    .array(path)
    .optional()
    .describe("Folders that attachments may come from, beside the job's own."),
  returnPath: text.describe("Where bounces go: the envelope's sender. Default: the author's address."),
  smime: smimeSchema.optional().describe('How mails are signed and encrypted.'),
  dkim: dkimSchema
    .optional()
    .describe('Sign the finished mails for their domain (DKIM), after S/MIME. Default: no.'),
  retry: retrySchema.optional().describe('Try again, within the timeout, what failed for now. Default: no.'),
  limits: limitsSchema
    .optional()
    .describe('How much is handed over at once. Default: as much as the connections carry.'),
  guard: guardSchema.optional().describe('What may leave, and to whom. No job can change it.'),
  profiles: profilesSchema.optional().describe('Named settings, of which a job chooses with `profile`.'),
  profile: text.describe(
    'The profile of jobs that name none: it takes the place of `transport` and `from`. Default: none.',
  ),
  secrets: path
    .optional()
    .describe(
      'A JSON file of variables that only its owner may read: what a `$NAME` means that the environment does not have.',
    ),
  timeout: z
    .int()
    .min(1)
    .max(MAX_TIMEOUT)
    .optional()
    .describe('For a whole send, in milliseconds. Default 60,000.'),
} satisfies Shape<
  Omit<NotifierOptions, 'logger' | 'onEvent' | 'incidents' | 'filters' | 'tests' | 'tags'> & {
    readonly incidents?: string
    readonly $schema?: string
    readonly secrets?: string
  }
>).describe('Settings of incident-mailer.')

/** What may stand in it. */
export const configSetting = settingOf(configSchema)

/** What the file and the environment call a setting. */
export interface SettingNames {
  /** In that file. Default: by its path. */
  readonly nameOf?: (path: string) => string
  /** The variable that it is taken from: `$SMTP_PORT`. Default: none. */
  readonly variableOf?: (path: string) => string | undefined
}

/**
 * A config that says only what exists, in the kinds it may have.
 *
 * @param source - the file, for messages
 * @throws IncidentMailerError `INVALID_CONFIG`, naming setting, variable and file
 */
export function checkConfig(
  value: unknown,
  source: string,
  names: SettingNames = {},
): Omit<Config, '$schema'> {
  const { nameOf = (path) => path, variableOf } = names
  const checked = check(configSchema, value)
  if ('problem' in checked) {
    const { field: path, sentence } = checked.problem
    const field = path === null ? undefined : nameOf(path)
    const variable = path === null ? undefined : variableOf?.(path)
    throw invalidOption(field ?? null, `${source}: ${named(field ?? 'it', variable)} ${sentence}`)
  }
  const { $schema: _, ...config } = checked.data
  return config
}
