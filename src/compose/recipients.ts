import { IncidentMailerError } from '../errors.js'
import type { MailRequest, Recipient, Warning } from '../mail.js'
import { quoted } from '../quoted.js'
import type { Mailbox } from './address.js'
import { parseAddressList } from './address-list.js'

/** Who gets a mail, and who is seen to. */
export interface Recipients {
  readonly to: readonly Mailbox[]
  readonly cc: readonly Mailbox[]
  /** Everybody, the blind-copied too, each once. */
  readonly envelope: readonly Recipient[]
  readonly warnings: readonly Warning[]
}

/**
 * Reads `to`, `cc` and `bcc`. Who is named twice gets one mail, in the place named first, and a warning.
 *
 * Two addresses are the same when they differ in case alone. The domain has none (RFC 1035, section 2.3.3);
 * the local part may in theory (RFC 5321, section 2.4), which no mail system that people use makes use of.
 *
 * @throws {@link IncidentMailerError} `INVALID_ADDRESS`, `HEADER_INJECTION`, or `NO_RECIPIENTS`.
 */
export function readRecipients(request: MailRequest): Recipients {
  const seen = new Map<string, Recipient['kind']>()
  const envelope: Recipient[] = []
  const warnings: Warning[] = []
  const read = (kind: Recipient['kind']) =>
    parseAddressList(request[kind], kind).filter(({ address }) => {
      const key = address.toLowerCase()
      const before = seen.get(key)
      if (before !== undefined) {
        const message = `${kind}: ${quoted(address)} is already in ${before}, and gets one mail`
        warnings.push({ code: 'DUPLICATE_RECIPIENT', message })
        return false
      }
      seen.set(key, kind)
      envelope.push({ address, kind })
      return true
    })

  const [to, cc] = [read('to'), read('cc'), read('bcc')]
  if (envelope.length === 0)
    throw new IncidentMailerError('NO_RECIPIENTS', 'there are no recipients; give to, cc or bcc', {
      field: 'to',
    })
  return { to, cc, envelope, warnings }
}
