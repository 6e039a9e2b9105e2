import { z } from 'zod'
import type { Profile } from '../notifier/profile.js'
import { invalidOption } from '../options.js'
import { graphSchema } from './graph.js'
import { check, named } from './problem.js'
import { settingOf } from './setting.js'
import { type Shape, strict, word } from './shape.js'
import { smtpSchema } from './smtp.js'

const nameSchema = z
  .string()
  .regex(/^[A-Za-z0-9_]{1,50}$/, 'must have a name of at most 50 letters, digits and underscores')

/** One profile, as a config file holds it. */
const profileSchema = strict({
  type: word(['smtp', 'graph'])
    .optional()
    .describe('How mails leave: by a mail server, or Microsoft Graph. Default: as `transport` says.'),
  from: z
    .string()
    .optional()
    .describe("The author of mails whose job names none. Default: the config's `from`."),
  signature: z
    .string()
    .max(250, 'must have at most 250 characters')
    .optional()
    .describe('Plain text that ends every mail, HTML and text, at most 250 characters. Default: none.'),
  description: z
    .string()
    .max(1000, 'must have at most 1,000 characters')
    .optional()
    .describe('What it is for, at most 1,000 characters.'),
  transport: z
    .union([smtpSchema, graphSchema])
    .describe('The mail server, or the mailbox at Microsoft Graph.'),
} satisfies Shape<Omit<Profile, 'unusable'>>).refine(
  ({ type, transport }) => type === undefined || (type === 'graph') === 'graph' in transport,
  { path: ['type'], error: 'does not fit the transport: graph has transport.graph, smtp has transport.host' },
)

/** Profiles by name. */
export const profilesSchema = z.record(nameSchema, profileSchema)

/** What may stand in them. */
export const profilesSetting = settingOf(profilesSchema)

/**
 * Profiles that say only what exists, in the kinds it may have.
 *
 * @param source - the file, for messages
 * @param variableOf - the variable that a setting of them is taken from: `$SMTP_PORT`
 * @throws IncidentMailerError `INVALID_CONFIG`, naming setting, variable and file
 */
export function checkProfiles(
  value: unknown,
  source: string,
  variableOf: (path: string) => string | undefined,
): z.infer<typeof profilesSchema> {
  const checked = check(profilesSchema, value)
  if ('data' in checked) return checked.data
  const { field: path, sentence } = checked.problem
  if (path === null) throw invalidOption('profiles', `${source}: profiles ${sentence}`)
  // A name that is none stands in brackets: `profiles["a b"]`.
  const field = `profiles${path.startsWith('[') ? '' : '.'}${path}`
  throw invalidOption(field, `${source}: ${named(field, variableOf(path))} ${sentence}`)
}
