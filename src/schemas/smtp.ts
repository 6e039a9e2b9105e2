import { z } from 'zod'
import type { SmtpOptions } from '../deliver/smtp/options.js'
import { TLS_MODES, tlsModeMeant } from '../deliver/smtp/tls-words.js'
import type { OAuthOptions } from '../oauth/oauth-options.js'
import { MAX_TIMEOUT } from './limits.js'
import { oneOf } from './problem.js'
import { type Shape, strict, word } from './shape.js'

const path = z.string().min(1, 'must be a path, and is empty')
const text = z.string().optional()
const milliseconds = z.int().min(1).max(MAX_TIMEOUT).optional()
const count = z.int().min(1).optional()
const flag = z.boolean().optional()

export const oauthSchema = strict({
  provider: word(['google', 'microsoft']).optional().describe('Fills in URLs and scope. Default: none.'),
  tenant: text.describe("Microsoft's tenant, by name or id. Default `common`."),
  clientId: text.describe("The application's id at the authorization server."),
  clientSecret: text.describe(
    'Its secret. Without a refresh token, it alone is exchanged for tokens (client credentials).',
  ),
  tokenUrl: text.describe("Where tokens come from. Default: the provider's."),
  authorizationUrl: text.describe("Where a person agrees. Default: the provider's."),
  deviceUrl: text.describe("Where a code for another device comes from. Default: the provider's."),
  scope: text.describe("What the token is for, with spaces between. Default: the provider's."),
  refreshToken: text.describe('A refresh token.'),
  refreshTokenFile: path
    .optional()
    .describe('A file with the refresh token, kept up to date when the server replaces it.'),
  username: text.describe('A user whose password is exchanged for tokens, where nothing better is possible.'),
  password: text.describe("That user's password."),
  proxy: text.describe(
    "The proxy on the way to the authorization server, as in `transport.proxy`, or `none`. Default: the transport's.",
  ),
  caFile: path
    .optional()
    .describe(
      "A PEM file of the authorities to trust there. Default: Node's; for Microsoft Graph `transport.caFile`.",
    ),
} satisfies Shape<Omit<OAuthOptions, 'getToken'>>)

/** How to reach a mail server. */
export const smtpSchema = strict({
  host: z
    .string()
    .min(1, 'must be the name or address of a mail server')
    .describe("The server's name or address."),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe('Default: 465 for `implicit`, 587 for `starttls`, 25 without TLS and on loopback.'),
  tls: word(TLS_MODES, (given) => oneOf(TLS_MODES, given, tlsModeMeant(given)))
    .optional()
    .describe('Default: `implicit` for port 465, else `starttls`; on loopback STARTTLS where it is offered.'),
  secure: flag.describe("nodemailer's word for `tls: implicit`. Default: by `tls` and `port`."),
  auth: strict({ user: z.string(), pass: z.string().optional() })
    .optional()
    .describe('User name and password. Default: no authentication.'),
  oauth: oauthSchema.optional().describe('Access tokens for that user, by OAuth 2.0. Default: none.'),
  authType: word(['automatic', 'oauth', 'basic', 'none'])
    .optional()
    .describe(
      'How to log in: `automatic` takes the token, then the password, whichever is configured. Default `automatic`.',
    ),
  authMechanism: z
    .enum(['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2', 'OAUTHBEARER'])
    .optional()
    .describe('The SASL mechanism to use and no other. Default: the best that the server offers.'),
  allowUnauthenticated: flag.describe(
    'Send also where the server refused whoever logs in. Default false; true is warned of in every report.',
  ),
  caFile: path
    .optional()
    .describe('A PEM file of the authorities to trust, instead of those that Node brings along.'),
  certificateFile: path
    .optional()
    .describe(
      'A PEM file of the certificate that this machine shows to servers that ask for one. Default: none.',
    ),
  keyFile: path.optional().describe('A PEM file of its private key, not encrypted.'),
  minTlsVersion: z
    .enum(['TLSv1.2', 'TLSv1.3'])
    .optional()
    .describe("The oldest version of TLS to speak. Default: Node's, `TLSv1.2`."),
  verify: flag.describe("Verify the server's certificate. Default true; false is warned of in every report."),
  name: text.describe('The name to introduce this machine by (EHLO). Default: its host name.'),
  proxy: z
    .string()
    .optional()
    .describe(
      'The proxy on the way, for OAuth tokens too, which also looks up the host: `http://user:password@proxy.example.com:3128` or `socks5:`. Default: none.',
    ),
  localAddress: text.describe('The address of this machine to connect from. Default: as the system chooses.'),
  connectionTimeout: milliseconds.describe(
    'To look up the host and connect, and again to agree on TLS, in milliseconds. Default 30,000.',
  ),
  greetingTimeout: milliseconds.describe("For the server's greeting, in milliseconds. Default 30,000."),
  socketTimeout: milliseconds.describe(
    'How long the server may be silent when a command was sent, in milliseconds. Default 30,000.',
  ),
  maxConnections: count.describe('How many connections may be open at once. Default 5.'),
  maxMessages: count.describe(
    'How many mails travel over one connection before it is replaced. Default 100.',
  ),
} satisfies Shape<SmtpOptions>)

/** The same, where a user has to have a password or a token. A profile may still wait for its own. */
export const completeSmtpSchema = smtpSchema.refine(
  ({ auth, oauth, authType }) =>
    auth === undefined || auth.pass !== undefined || oauth !== undefined || authType === 'none',
  { path: ['auth', 'pass'], error: 'is missing' },
)
