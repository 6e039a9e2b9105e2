import { IncidentMailerError } from '../errors.js'
import type { DeliveryReport, MimeMail, Warning } from '../mail.js'
import type { Handover } from './handover.js'
import { refusalMessage } from './refusal.js'

/** What came of sending a mail. */
export interface Result {
  /** Everyone the mail was meant for, each once. */
  readonly to: readonly string[]
  readonly handovers: readonly Handover[]
  /** Octets of the largest copy. */
  readonly size: number
  /** How long it took, in milliseconds. */
  readonly milliseconds: number
  /** What is to be said of the way the mail took. */
  readonly warnings: readonly Warning[]
}

/**
 * One report of all copies of a mail.
 *
 * Whoever was accepted stays so, whatever becomes of others: the outcome is `partial` as soon as there is
 * anyone. It is `unknown` only where nobody was accepted and a copy may have arrived; beside accepted ones,
 * such a copy is a warning, and its recipients are in neither list, for both would be a guess.
 */
export function reportOf(mail: MimeMail, result: Result): DeliveryReport {
  const { handovers, size, milliseconds } = result
  const { unencrypted = [], leftOut = [], cosigners = [] } = mail
  const accepted = handovers.flatMap((handover) => handover.accepted)
  const rejected = handovers.flatMap((handover) => handover.rejected)
  const undecided = handovers.flatMap((handover) => handover.undecided)
  const responses = handovers.map((handover) => handover.response).filter((response) => response !== null)
  const warnings = [...mail.warnings, ...result.warnings, ...saidOnce(handovers)]
  if (accepted.length > 0 && undecided.length > 0) warnings.push(unknownCopy(undecided))
  return {
    messageId: mail.messageId,
    serverResponse: responses.length === 0 ? null : responses.join('\n'),
    accepted,
    rejected,
    outcome: outcomeOf(accepted.length, rejected.length + leftOut.length, undecided.length),
    envelope: { from: mail.sender, to: result.to },
    subject: mail.subject,
    signed: mail.signer !== null,
    encrypted: mail.recipientsCertificates !== null && unencrypted.length === 0,
    signer: mail.signer,
    cosigners,
    recipientsCertificates: mail.recipientsCertificates ?? [],
    unencrypted,
    leftOut,
    headerProtection: mail.headerProtection,
    size,
    warnings,
    timings: { ...mail.timings, deliver: milliseconds },
  }
}

/**
 * The report of a mail that someone accepted; an error that holds it where nobody did.
 *
 * @throws IncidentMailerError `OUTCOME_UNKNOWN`; the failure that ended the attempt; `RECIPIENTS_REFUSED`
 */
export function settle(report: DeliveryReport, handovers: readonly Handover[]): DeliveryReport {
  if (report.accepted.length > 0) return report
  const failures = handovers.map(({ failure }) => failure).filter((failure) => failure !== null)
  const unknown = failures.find(({ code }) => code === 'OUTCOME_UNKNOWN')
  const failure = unknown ?? failures[0]
  const temporary = !unknown && report.rejected.every((recipient) => recipient.temporary)
  throw new IncidentMailerError(
    failure?.code ?? 'RECIPIENTS_REFUSED',
    failure?.message ?? refusalMessage(report.rejected),
    { temporary, report, field: failure?.field ?? undefined, cause: failure?.cause },
  )
}

/** What several copies have in common is said once. */
function saidOnce(handovers: readonly Handover[]): readonly Warning[] {
  const warnings = handovers.flatMap(({ warnings = [] }) => warnings)
  return [...new Map(warnings.map((warning) => [warning.message, warning])).values()]
}

function outcomeOf(accepted: number, rejected: number, undecided: number): DeliveryReport['outcome'] {
  if (accepted > 0) return rejected + undecided > 0 ? 'partial' : 'sent'
  return undecided > 0 ? 'unknown' : 'failed'
}

function unknownCopy(undecided: readonly string[]): Warning {
  const message = `nobody knows whether ${undecided.join(', ')} got their copy: the server took it and gave no answer; ask them before you send it again`
  return { code: 'OUTCOME_UNKNOWN', message }
}
