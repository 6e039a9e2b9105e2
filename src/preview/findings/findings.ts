import type { MailRequest, Recipient, Warning } from '../../mail.js'
import type { SizeFacts } from '../facts.js'
import { readDocument } from '../mail-document.js'
import { clientFindings } from './clients.js'
import { contrastFindings } from './contrast.js'
import type { Finding } from './finding.js'
import { imageFindings } from './images.js'
import { leakFindings } from './leaks.js'
import { linkFindings } from './links.js'
import { sizeFindings, subjectFindings } from './sizes.js'
import { textFindings, visibleText } from './text-twin.js'

/** What findings are looked for in. */
export interface Findable {
  readonly request: MailRequest
  readonly subject: string
  readonly html: string | null
  readonly text: string
  readonly size: SizeFacts
  /** Who sends and who gets it; nobody where they are stand-ins. */
  readonly sender: string | null
  readonly recipients: readonly Recipient[]
  /** What a report would say. */
  readonly warnings: readonly Warning[]
}

/** Looks for everything that looks wrong, warnings first. */
export async function findingsOf(mail: Findable): Promise<Finding[]> {
  const document = mail.html === null ? null : readDocument(mail.html)
  const words = document === null ? mail.text : visibleText(document)
  const findings = [
    ...mail.warnings.map((warning) => ({ ...warning, level: 'warning' as const })),
    ...subjectFindings(mail.subject),
    ...sizeFindings(mail.size),
    ...leakFindings(mail, `${mail.subject}\n${words}\n${mail.text}`),
    ...(document === null
      ? []
      : [
          ...imageFindings(document),
          ...linkFindings(document),
          ...contrastFindings(document),
          ...textFindings(words, mail.text),
          ...(await clientFindings(document)),
        ]),
  ]
  return findings.sort((a, b) => Number(a.level === 'note') - Number(b.level === 'note'))
}
