import type { DeliveryReport, RejectedRecipient, Warning } from '../mail.js'

/** A report for people at a terminal. */
export function reportText(report: DeliveryReport): string {
  const { outcome, accepted, rejected, envelope, serverResponse, recipientsCertificates } = report
  const lines: (readonly [name: string, value: string])[] = [
    ['Message-ID', report.messageId],
    ['from', envelope.from],
    ['to', (outcome === null ? envelope.to : accepted).join(', ')],
    ...rejected.map((refused) => ['refused', refusalText(refused)] as const),
    ['server', serverResponse ?? ''],
    ['signed by', signedBy(report)],
    ['encrypted', encryptedFor(recipientsCertificates)],
    ['in clear', report.unencrypted.join(', ')],
    ['left out', report.leftOut.join(', ')],
    ['size', `${report.size} octets`],
  ]
  return [
    `${headline(outcome)}: ${report.subject}`,
    ...lines.filter(([, value]) => value !== '').map(([name, value]) => `  ${name.padEnd(10)}  ${value}`),
    ...warningLines(report.warnings),
  ].join('\n')
}

/** Warnings for people at a terminal, one a line. */
export function warningLines(warnings: readonly Warning[]): string[] {
  return warnings.map(({ code, message }) => `Warning (${code}): ${message}`)
}

function headline(outcome: DeliveryReport['outcome']): string {
  switch (outcome) {
    case 'sent':
      return 'Sent'
    case 'partial':
      return 'Sent to some, but not to all'
    case 'failed':
      return 'Not sent'
    case 'unknown':
      return 'Nobody knows whether it was sent'
    case null:
      return 'Ready, but not sent (--dry-run)'
  }
}

function refusalText({ address, code, enhancedCode, message, temporary }: RejectedRecipient): string {
  const reply = [code, enhancedCode, message].filter((part) => part !== null && part !== '').join(' ')
  return `${address}: ${reply} (${temporary ? 'try again later' : 'for good'})`
}

function signedBy({ signer, cosigners }: DeliveryReport): string {
  return signer ? [signer, ...cosigners].map(({ subject }) => subject).join('; ') : 'nobody'
}

function encryptedFor(certificates: DeliveryReport['recipientsCertificates']): string {
  return certificates.length > 0 ? `for ${certificates.map(({ recipient }) => recipient).join(', ')}` : 'no'
}
