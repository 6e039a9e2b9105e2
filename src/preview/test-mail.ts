import { join } from 'node:path'
import type { Transport } from '../deliver/transport.js'
import type { DeliveryReport, MailRequest } from '../mail.js'
import { createNotifier } from '../notifier/notifier.js'
import type { NotifierOptions } from '../notifier/notifier-options.js'

/** Where a test mail goes. */
export interface TestMail {
  /** The one who gets it, in place of the job's own recipients. */
  readonly to: string
  /** The profile to send by. Default: the settings' own way. */
  readonly profile: string | null
}

/** Sends a request to one address instead of its own, by the notifier: guarded, signed and encrypted as any mail. */
export async function sendTestMail(
  request: MailRequest,
  options: NotifierOptions,
  { to, profile }: TestMail,
): Promise<DeliveryReport> {
  const { cc: _cc, bcc: _bcc, ...rest } = request
  const notifier = await createNotifier(options)
  try {
    return await notifier.send({ ...rest, to, ...(profile !== null && { profile }) })
  } finally {
    await notifier.close()
  }
}

/** The way that mails take where nobody named another: a folder in the working directory. */
export function transportIn(cwd: string, transport: Transport | undefined): Transport {
  return transport ?? { folder: join(cwd, 'outbox') }
}

/** Where mails go, in a few words and without secrets. */
export function describeTransport(transport: Transport): string {
  if (typeof transport === 'string') {
    return URL.canParse(transport) ? `the server ${new URL(transport).host}` : 'the configured server'
  }
  const { folder, host, port } = Object(transport) as Record<string, unknown>
  if (typeof folder === 'string') return `the folder ${folder}`
  return typeof host === 'string'
    ? `the server ${host}${port === undefined ? '' : `:${port}`}`
    : 'the configured transport'
}
