import { z } from 'zod'
import type { GraphOptions } from '../deliver/graph/settings.js'
import { type Shape, strict } from './shape.js'
import { oauthSchema } from './smtp.js'

const text = z.string().optional()

/** How to reach a mailbox at Microsoft Graph. */
export const graphSchema = strict({
  graph: strict({
    user: text.describe('Whose mailbox sends: a user principal name or id. Default: the one who agreed.'),
    oauth: oauthSchema.describe("Access tokens. Microsoft's URLs and Graph's scope go without saying."),
    baseUrl: text.describe('Default `https://graph.microsoft.com/v1.0`; national clouds have others.'),
  }).describe('Microsoft Graph, as a way to an Exchange Online mailbox.'),
  proxy: text.describe(
    'The proxy on the way, for tokens too: `http://user:password@proxy.example.com:3128` or `socks5:`. Default: none.',
  ),
  caFile: z
    .string()
    .min(1, 'must be a path, and is empty')
    .optional()
    .describe(
      'A PEM file of the authorities to trust, instead of those that Node brings along; for tokens too.',
    ),
} satisfies Shape<GraphOptions>)
