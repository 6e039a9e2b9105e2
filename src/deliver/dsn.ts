import { IncidentMailerError } from '../errors.js'
import type { DsnRequest, Warning } from '../mail.js'
import type { Carrier } from './handover.js'

/**
 * What to say of a mail whose way out cannot ask for the notifications that it wants: nobody should wait for news
 * that never come.
 *
 * @param reason - why it cannot, as half a sentence
 * @throws IncidentMailerError `DSN_UNSUPPORTED`, unless they are not required
 */
export function dsnUnsupported({ required }: DsnRequest, reason: string): Warning {
  if (!required)
    return {
      code: 'DSN_UNSUPPORTED',
      message: `the mail went without asking for delivery status notifications: ${reason}; do not wait for them`,
    }
  throw new IncidentMailerError(
    'DSN_UNSUPPORTED',
    `delivery status notifications cannot be had: ${reason}; leave out dsn, or set dsn.required to false (incident-mailer raw: --dsn-optional) to send the mail without them`,
    { field: 'dsn' },
  )
}

/**
 * A carrier that cannot ask for notifications, and so does not take mails that require them.
 *
 * @param reason - why it cannot, as half a sentence
 */
export function withoutDsn(carrier: Carrier, reason: string): Carrier {
  return {
    ...carrier,
    async send({ dsn, ...parcel }, context) {
      const warning = dsn && dsnUnsupported(dsn, reason)
      const handover = await carrier.send(parcel, context)
      return warning ? { ...handover, warnings: [...(handover.warnings ?? []), warning] } : handover
    },
  }
}
