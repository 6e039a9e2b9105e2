import { IncidentMailerError } from '../errors.js'
import { createFetchedData } from '../incident/fetched-data.js'
import { givenIncident } from '../incident/given.js'
import type { IncidentSource } from '../incident/incident.js'
import type { MailRequest, RenderedMail, Warning } from '../mail.js'
import { refuseUnknownOptions } from '../options.js'
import { defineStage, type Stage, throwIfAborted } from '../pipeline.js'
import { type Branding, loadBranding, type TemplateBranding } from './branding.js'
import { contentFormat } from './content-format.js'
import type { TemplateFilter, TemplateTag, TemplateTest } from './filters/host-parts.js'
import { type FoundTemplate, findTemplate, type TemplateFiles } from './find-template.js'
import { appendHtml } from './merge-body.js'
import { loadPlainText } from './plain-text.js'
import { type Content, createTemplateRenderers, type TemplateRenderer } from './render-content.js'
import { renderUntilComplete } from './render-until-complete.js'
import { renderSubject } from './subject.js'
import { templateContext } from './template-context.js'
import { checkTemplateLanguage, type TemplateLanguage } from './template-language.js'
import { undefinedWarnings } from './template-problem.js'
import { textAsHtml } from './text-as-html.js'

export type { RenderBounds as TemplateLimits } from '../jinja/environment.js'
export type { Branding, TemplateFiles, TemplateFilter, TemplateTag, TemplateTest }

/** How mails are rendered. */
export interface RenderOptions extends TemplateLanguage {
  /**
   * Templates by label: a file, or the files of its HTML and its text with the source of its subject.
   * Absolute, or relative to the working directory. Default: the built-in templates alone.
   */
  readonly templates?: Readonly<Record<string, string | TemplateFiles>>
  /** The label of the template for requests that have neither body nor template. Default: none. */
  readonly defaultTemplate?: string
  /** Find templates by their label whatever its case, as IBM's app does. Default false. */
  readonly ignoreLabelCase?: boolean
  /** Where an incident is looked up that a request names by its id. Default: nowhere. */
  readonly incidents?: IncidentSource
  /** How the template helper prints dates, in `strftime`'s words. Default: ISO 8601 in UTC. */
  readonly dateFormat?: string
  /** How the built-in mails look, and what they end with. Default: neutral colours, no footer, no signature. */
  readonly branding?: Branding
}

/**
 * Makes the stage that gives a mail its words: a template by its label or inline, filled with the incident,
 * or a body as it is; the subject; and for an HTML mail a plain-text alternative.
 *
 * @throws {@link IncidentMailerError} `TEMPLATE_CONFLICT`, `UNKNOWN_TEMPLATE`, `NO_CONTENT`, `TEMPLATE_ERROR`,
 * `UNDEFINED_VARIABLE` with `strictUndefined`, `UNKNOWN_INCIDENT`, `INVALID_INCIDENT`,
 * `INCIDENT_SOURCE_FAILED`, `HEADER_INJECTION`, `INVALID_REQUEST` without a subject, `FILE_NOT_FOUND`,
 * `FILE_UNREADABLE` and `INVALID_CONFIG` for template files and branding; `TEMPLATE_STEPS_EXCEEDED`,
 * `TEMPLATE_OUTPUT_EXCEEDED`, `TEMPLATE_NESTING_EXCEEDED`, `TEMPLATE_TIME_EXCEEDED` and
 * `TEMPLATE_SOURCE_EXCEEDED` for a template that reaches a bound. `INVALID_CONFIG` at once for options that
 * cannot be what they are.
 *
 * @example
 * ```ts
 * import { render } from 'incident-mailer'
 *
 * const rendered = await render({})(
 *   { template: 'incident-summary', incident: { id: 2139, name: 'Lost laptop', severity_code: 'Low' } },
 *   {},
 * )
 * console.log(rendered.subject, rendered.text)
 * ```
 */
export function render(options: RenderOptions): Stage<MailRequest, RenderedMail> {
  refuseUnknownOptions(options, OPTIONS)
  checkTemplateLanguage(options)
  const { templates = {}, defaultTemplate, ignoreLabelCase, incidents } = options
  const { dateFormat, branding, templateLimits } = options
  const rendererOf = createTemplateRenderers(options, templateLimits)
  let loadingBranding: Promise<TemplateBranding> | undefined
  /** Read with the first mail. A failure is not kept: once the logo is put right, the next mail finds it so. */
  const brandingOnce = () => {
    loadingBranding ??= loadBranding(branding).catch((thrown) => {
      loadingBranding = undefined
      throw thrown
    })
    return loadingBranding
  }
  return defineStage('render', async (request, { signal }) => {
    const label = templateLabel(request, defaultTemplate)
    const incident = await givenIncident(request.incident, incidents, signal)
    throwIfAborted(signal)
    const found = label === null ? null : await findTemplate(label, templates, ignoreLabelCase)
    const fetched = createFetchedData(incidents)
    const settings = { dateFormat, branding: await brandingOnce(), fetched }
    const scope = { locale: request.locale ?? 'en', timeZone: request.timeZone ?? 'UTC', now: Date.now() }
    const { templated, subject, undefinedVariables } = await renderUntilComplete(
      fetched,
      signal,
      async (lenient) => {
        const context = templateContext(request, incident, settings)
        const renderer = rendererOf(
          context,
          lenient ? { chainUndefined: true } : { strictUndefined: request.strictUndefined === true },
          scope,
        )
        return {
          templated: await renderTemplate(request, found, renderer),
          subject: renderSubject(request, found, incident, renderer),
          undefinedVariables: renderer.undefinedVariables(),
        }
      },
    )
    throwIfAborted(signal)
    const body = templated && !request.mergeBody ? null : await bodyOf(request)
    const content = await complete(
      templated && body ? await merged(templated, body) : (templated ?? body),
      request,
    )
    throwIfAborted(signal)
    return {
      request,
      subject,
      ...content,
      incident,
      imageFolder: imageFolder(found, templated),
      warnings: [...unusedBody(request, templated), ...undefinedWarnings(undefinedVariables)],
      timings: {},
    }
  })
}

const OPTIONS: Record<keyof RenderOptions, true> = {
  templates: true,
  defaultTemplate: true,
  ignoreLabelCase: true,
  incidents: true,
  dateFormat: true,
  branding: true,
  filters: true,
  tests: true,
  globals: true,
  tags: true,
  templateLimits: true,
}

/** The label of the template to use, or null for an inline one or a body alone. */
function templateLabel(request: MailRequest, defaultTemplate: string | undefined): string | null {
  const { template, inlineTemplate, body, textBody } = request
  if (template && inlineTemplate) {
    throw new IncidentMailerError(
      'TEMPLATE_CONFLICT',
      'template and inlineTemplate are both given; leave one out',
      {
        field: 'inlineTemplate',
      },
    )
  }
  if (template) return template
  if (inlineTemplate || body || textBody) return null
  if (defaultTemplate) return defaultTemplate
  throw new IncidentMailerError(
    'NO_CONTENT',
    'the mail says nothing: give "template", "inlineTemplate" or "body", or configure "defaultTemplate"',
    { field: 'body' },
  )
}

async function renderTemplate(
  request: MailRequest,
  found: FoundTemplate | null,
  renderer: TemplateRenderer,
): Promise<Content | null> {
  if (found) return await renderer.template(found, request.format)
  return request.inlineTemplate ? await renderer.inline(request.inlineTemplate, request.format) : null
}

/** The request's own words, which are never rendered. */
async function bodyOf({ body, textBody, format = 'auto' }: MailRequest): Promise<Content | null> {
  if (!body) return textBody ? { html: null, text: textBody } : null
  const kind = format === 'auto' ? await contentFormat(body) : format
  return kind === 'html' ? { html: body, text: textBody || null } : { html: null, text: body }
}

/** The body behind the template. Plain text becomes HTML where the other side is HTML. */
async function merged(template: Content, body: Content): Promise<Content> {
  const text =
    template.text !== null || body.text !== null ? `${await textOf(template)}\n\n${await textOf(body)}` : null
  if (template.html === null && body.html === null) return { html: null, text }
  return { html: appendHtml(htmlOf(template), htmlOf(body)), text }
}

/** The parts that the mail has in the end: a text always, HTML unless the request wants text. */
async function complete(
  content: Content | null,
  { format }: MailRequest,
): Promise<{ html: string | null; text: string }> {
  const given = content ?? { html: null, text: '' }
  const text = await textOf(given)
  if (format === 'text') return { html: null, text }
  return { html: format === 'html' ? htmlOf(given) : given.html, text }
}

async function textOf({ html, text }: Content): Promise<string> {
  if (text !== null) return text
  return html === null ? '' : (await loadPlainText())(html)
}

function htmlOf({ html, text }: Content): string {
  return html ?? textAsHtml(text ?? '')
}

/** Local images are the template author's: only a template's own file says where they lie. */
function imageFolder(found: FoundTemplate | null, templated: Content | null): string | null {
  return templated?.html ? ((found?.html ?? found?.single)?.folder ?? null) : null
}

function unusedBody({ body, textBody, mergeBody }: MailRequest, templated: Content | null): Warning[] {
  if (!templated || mergeBody || !(body || textBody)) return []
  const message = `${body ? 'body' : 'textBody'} is not used, since a template wins over it; set mergeBody to append it`
  return [{ code: 'UNUSED_BODY', message }]
}
