import { IncidentMailerError } from '../../src/errors.js'
import type { DeliveryReport, MimeMail, Recipient } from '../../src/mail.js'
import { entityOf } from '../../src/mime.js'

/** Recipients, all in To unless the address says `bcc:`. */
function recipients(...addresses: string[]): Recipient[] {
  return addresses.map((text) => {
    const blind = text.startsWith('bcc:')
    return { address: blind ? text.slice(4) : text, kind: blind ? 'bcc' : 'to' }
  })
}

/** A mail as `compose` would have made it. */
export function mail(changes: Partial<MimeMail> = {}): MimeMail {
  return {
    messageId: '<1@example.com>',
    date: new Date('2024-05-06T07:08:09Z'),
    subject: 'Phishing wave',
    sender: 'soc@example.com',
    headers: [
      { name: 'From', value: 'SOC <soc@example.com>' },
      { name: 'To', value: 'ciso@example.com' },
      { name: 'Subject', value: 'Phishing wave' },
      { name: 'Message-ID', value: '<1@example.com>' },
    ],
    deliveries: [delivery('All quiet.\r\n.a line with a dot\r\n', 'ciso@example.com')],
    protection: {},
    signer: null,
    recipientsCertificates: null,
    headerProtection: null,
    warnings: [],
    timings: { render: 1, compose: 2 },
    ...changes,
  }
}

/** One copy of a mail, with those who get it. */
export function delivery(body: string, ...addresses: string[]) {
  return {
    recipients: recipients(...addresses),
    entity: entityOf([{ name: 'Content-Type', value: 'text/plain' }], Buffer.from(body)),
  }
}

/** A mail to these people. */
export function mailTo(...addresses: string[]): MimeMail {
  return mail({ deliveries: [delivery('All quiet.\r\n', ...addresses)] })
}

/** The error that something throws. */
export async function errorOf(work: Promise<unknown>): Promise<IncidentMailerError> {
  try {
    await work
  } catch (error) {
    if (error instanceof IncidentMailerError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

/** The report within the error that something throws. */
export async function failureOf(
  work: Promise<unknown>,
): Promise<{ error: IncidentMailerError; report: DeliveryReport }> {
  const error = await errorOf(work)
  if (error.report === null) throw new Error(`no report in ${error.code}: ${error.message}`)
  return { error, report: error.report }
}
