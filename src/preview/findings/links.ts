import type { MailDocument } from '../mail-document.js'
import { type Finding, shown } from './finding.js'

/** Links that lead nowhere, or say nothing. */
export function linkFindings($: MailDocument): Finding[] {
  return $('a[href], a:not([href]):not([name]):not([id])')
    .toArray()
    .flatMap((element) => {
      const link = $(element)
      const href = link.attr('href')
      const reason = whyBroken($, href) ?? (saysNothing(link) ? 'has no text that could be read out' : null)
      const label = shown(link.text(), 30) || shown(href ?? '', 40)
      const message = `the link "${label}" ${reason}`
      return reason === null ? [] : [{ code: 'BROKEN_LINK' as const, level: 'warning' as const, message }]
    })
}

function whyBroken($: MailDocument, href: string | undefined): string | null {
  const target = href?.trim() ?? ''
  if (target === '') return 'leads nowhere: its address is empty'
  if (target === '#') return 'leads nowhere: its address is "#"'
  if (/\b(?:undefined|None|null|NaN)\b|\[object |\{\{|%7B%7B/.test(target)) {
    return `has an address that was not filled in: ${shown(target)}`
  }
  if (target.startsWith('#')) {
    const name = target.slice(1)
    const there = $('[id], [name]')
      .toArray()
      .some((element) => $(element).attr('id') === name || $(element).attr('name') === name)
    return there ? null : `leads to ${shown(target)}, which the mail does not have`
  }
  if (/^(?:javascript|vbscript|file|data):/i.test(target)) return 'is of a kind that mail programs remove'
  if (!/^[a-z][a-z\d+.-]*:/i.test(target))
    return `is relative (${shown(target)}), and a mail has no place of its own`
  if (!/^https?:/i.test(target)) return null
  return URL.canParse(target) ? null : `has an address that is none: ${shown(target)}`
}

function saysNothing(link: ReturnType<MailDocument>): boolean {
  const images = link.find('img[alt]:not([alt=""])')
  return link.text().trim() === '' && images.length === 0 && link.attr('aria-label') === undefined
}
