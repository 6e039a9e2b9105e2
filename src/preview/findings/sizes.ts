import type { SizeFacts } from '../facts.js'
import type { Finding } from './finding.js'

/** Subjects that lists of mails cut off. RFC 5322, section 2.1.1 would have lines of at most 78 characters. */
export function subjectFindings(subject: string): Finding[] {
  const { length } = [...subject]
  if (length <= 78) return []
  const message = `the subject has ${length} characters; most mail programs show 60 to 78 of them: put what matters first`
  return [{ code: 'LONG_SUBJECT', level: 'warning', message }]
}

/** What is cut, or refused, for its size. */
export function sizeFindings({ html, message }: SizeFacts): Finding[] {
  const findings: Finding[] = []
  if (html > GMAIL_CUTS) {
    const size = Math.round(html / 1000)
    const text = `the HTML has ${size} kB; Gmail cuts a mail off at 102 kB: shorten it, or attach what is long`
    findings.push({ code: 'LARGE_HTML', level: 'warning', message: text })
  }
  if (message > SMALLEST_LIMIT) {
    const size = Math.round(message / 1_000_000)
    const text = `the message has ${size} MB as it travels; many servers refuse more than 10, and nearly all more than 25`
    findings.push({ code: 'LARGE_MESSAGE', level: 'warning', message: text })
  }
  return findings
}

const GMAIL_CUTS = 102_000
const SMALLEST_LIMIT = 10_000_000
