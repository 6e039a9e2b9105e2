import { z } from 'zod'
import type { SmtpOptions } from '../deliver/smtp-options.js'
import { MAX_TIMEOUT } from './limits.js'
import { type Shape, strict, word } from './shape.js'

const path = z.string().min(1, 'must be a path, and is empty')
const text = z.string().optional()
const milliseconds = z.int().min(1).max(MAX_TIMEOUT).optional()
const count = z.int().min(1).optional()
const flag = z.boolean().optional()

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
  tls: word(['none', 'starttls', 'implicit'])
    .optional()
    .describe('Default: `implicit` for port 465, else `starttls`; on loopback STARTTLS where it is offered.'),
  secure: flag.describe("nodemailer's word for `tls: implicit`. Default: by `tls` and `port`."),
  auth: strict({ user: z.string(), pass: z.string().optional() })
    .optional()
    .describe('User name and password. Default: no authentication.'),
  caFile: path
    .optional()
    .describe('A PEM file of the authorities to trust, instead of those that Node brings along.'),
  verify: flag.describe("Verify the server's certificate. Default true; false is warned of in every report."),
  name: text.describe('The name to introduce this machine by (EHLO). Default: its host name.'),
  connectionTimeout: milliseconds.describe(
    'To look up the host, connect and agree on TLS, in milliseconds. Default 30,000.',
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
