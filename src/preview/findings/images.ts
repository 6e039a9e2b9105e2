import type { MailDocument } from '../mail-document.js'
import { type Finding, shown } from './finding.js'

/** Images that say nothing to whoever does not see them. `alt=""` says that there is nothing to say. */
export function imageFindings($: MailDocument): Finding[] {
  return $('img:not([alt])')
    .toArray()
    .map((image) => ({
      code: 'MISSING_ALT',
      level: 'warning',
      message: `the image ${shown($(image).attr('src') ?? '')} has no alt text; say what it shows, or write alt="" where it only decorates`,
    }))
}
