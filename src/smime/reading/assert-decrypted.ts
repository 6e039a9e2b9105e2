import { IncidentMailerError } from '../../errors.js'
import type { MessageReport } from './verification.js'

/**
 * Refuses a message that was not decrypted.
 *
 * @throws IncidentMailerError `NOT_ENCRYPTED`, `DECRYPTION_FAILED`
 */
export function assertDecrypted({ layers, reasons }: MessageReport): void {
  const unreadable = reasons.find(({ effect }) => effect === 'unreadable')
  if (unreadable) throw new IncidentMailerError('DECRYPTION_FAILED', unreadable.message)
  if (layers.some(({ kind }) => kind === 'encrypted')) return
  const malformed = reasons.find(({ code }) => code === 'MALFORMED')
  if (malformed) throw new IncidentMailerError('DECRYPTION_FAILED', malformed.message)
  const inside = reasons.some(({ code }) => code === 'PROTECTED_PART_INSIDE')
  throw new IncidentMailerError(
    'NOT_ENCRYPTED',
    inside
      ? 'only a part of the message is encrypted, beside others; it is not decrypted, since those could carry it away'
      : 'the message is not encrypted with S/MIME',
  )
}
