import type { MailDocument } from '../mail-document.js'
import type { Finding } from './finding.js'

/** What a reader of the HTML sees, without what is hidden. */
export function visibleText($: MailDocument): string {
  const copy = $('body').clone()
  copy.find('script, style, [style*="display:none"], [style*="display: none"], [hidden]').remove()
  // Cells and lines are words of their own.
  copy.find('td, th, p, div, li, br, h1, h2, h3, h4').append(' ')
  return copy.text()
}

/** A plain text that does not say what the HTML says. */
export function textFindings(seen: string, text: string): Finding[] {
  const words = wordsOf(seen)
  const said = wordsOf(text)
  const missing = [...words].filter((word) => !said.has(word))
  if (words.size < FEWEST || missing.length <= words.size * MOST_MISSING) return []
  const share = Math.round((missing.length / words.size) * 100)
  const examples = missing.slice(0, 4).join(', ')
  const message = `the plain text lacks ${share} % of the words of the HTML (${examples}); some read only the one, some only the other`
  return [{ code: 'TEXT_DIFFERS', level: 'warning', message }]
}

function wordsOf(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]{4,}/gu) ?? [])
}

// Of fewer words nothing can be told; and a twin may leave out labels and legal lines.
const FEWEST = 12
const MOST_MISSING = 0.4
