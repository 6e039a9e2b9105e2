import type { IncidentFile } from '../incident/incident.js'
import { templateHelper } from '../incident/template-helper.js'
import { type TemplateVariables, templateVariables } from '../jinja/environment.js'
import type { MailRequest } from '../mail.js'

/** What templates see of a mail. Who gets a blind copy, and what it is encrypted with, is not theirs to tell. */
const visible = ['to', 'cc', 'from', 'subject', 'importance', 'locale', 'timeZone', 'tlp'] as const

/** The variables of IBM's templates: `incident`, `artifact`, `note`, `mail` and `template_helper`. */
export function templateContext(
  request: MailRequest,
  file: IncidentFile | null,
  dateFormat: string | undefined,
): TemplateVariables {
  const data = {
    incident: file?.incident ?? {},
    artifact: { data: file?.artifacts ?? [] },
    note: { root_comments: file?.notes ?? [] },
    mail: Object.fromEntries(visible.map((name) => [name, request[name]])),
  }
  return templateVariables(data, { template_helper: templateHelper({ file, dateFormat }) })
}
