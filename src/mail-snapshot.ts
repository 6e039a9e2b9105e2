/** What a snapshot holds of a mail: what `render` gives, and what `preview` gives. */
export interface SnapshotMail {
  readonly subject: string
  readonly html: string | null
  readonly text: string
}

/** A mail as a text in which a difference is easily seen. */
export function writeSnapshot({ subject, html, text }: SnapshotMail): string {
  return [`${SUBJECT}${subject}`, '', text, ...(html === null ? [] : ['', HTML, html]), ''].join('\n')
}

/** The mail of a snapshot; null where the text is none. */
export function readSnapshot(snapshot: string): SnapshotMail | null {
  const content = snapshot.replaceAll('\r\n', '\n')
  const endOfSubject = content.indexOf('\n\n')
  if (!content.startsWith(SUBJECT) || endOfSubject === -1) return null
  const subject = content.slice(SUBJECT.length, endOfSubject)
  const body = content.slice(endOfSubject + 2).replace(/\n$/, '')
  const startOfHtml = body.indexOf(`\n${HTML}\n`)
  if (startOfHtml === -1) return { subject, text: body, html: null }
  return {
    subject,
    text: body.slice(0, startOfHtml).replace(/\n$/, ''),
    html: body.slice(startOfHtml + HTML.length + 2),
  }
}

const SUBJECT = 'Subject: '
const HTML = '--- HTML'
