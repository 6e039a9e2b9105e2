import { IncidentMailerError } from '../errors.js'
import type { FetchedData } from '../incident/fetched-data.js'
import type { IncidentFile } from '../incident/incident.js'
import { templateHelper } from '../incident/template-helper.js'
import { type TemplateVariables, templateVariables } from '../jinja/environment.js'
import { TemplateError } from '../jinja/template-error.js'
import type { MailRequest } from '../mail.js'
import type { TemplateBranding } from './branding.js'
import { catalogueOf } from './catalogue.js'
import { visible } from './words-request.js'

/** What a render tells templates beside the request and its incident. */
export interface ContextSettings {
  /** How the template helper prints dates. */
  readonly dateFormat: string | undefined
  readonly branding: TemplateBranding
  /** What the template helper can get beyond the incident file. */
  readonly fetched: FetchedData
}

/**
 * The variables of IBM's templates: `incident`, `artifact`, `note`, `mail` and `template_helper`; and ours:
 * `action`, `tasks`, `tables`, `attachments` (their names) and `branding`.
 *
 * @throws IncidentMailerError `INVALID_INCIDENT` for data that is nested too deeply, or endless
 */
export function templateContext(
  request: Pick<MailRequest, (typeof visible)[number]>,
  file: IncidentFile | null,
  { dateFormat, branding, fetched }: ContextSettings,
): TemplateVariables {
  const data = {
    incident: file?.incident ?? {},
    artifact: { data: file?.artifacts ?? [] },
    note: { root_comments: file?.notes ?? [] },
    action: { properties: file?.action?.properties ?? {} },
    tasks: file?.tasks ?? [],
    tables: file?.tables ?? {},
    attachments: (file?.attachments ?? []).map(({ name }) => name),
    branding,
    mail: {
      ...Object.fromEntries(visible.map((name) => [name, request[name]])),
      // What the texts of the built-in mails are in: the locale may be one that has no catalogue.
      language: catalogueOf(request.locale ?? 'en').language,
    },
  }
  try {
    return templateVariables(data, { template_helper: templateHelper({ file, fetched, dateFormat }) })
  } catch (cause) {
    // All else in it is ours or was checked with the request.
    if (!(cause instanceof TemplateError)) throw cause
    throw new IncidentMailerError(
      'INVALID_INCIDENT',
      `the incident cannot be rendered: its ${cause.message}`,
      {
        field: 'incident',
        cause,
      },
    )
  }
}
