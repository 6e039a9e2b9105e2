import { IncidentMailerError } from '../errors.js'
import { createFetchedData } from '../incident/fetched-data.js'
import { givenIncident } from '../incident/given.js'
import type { IncidentSource } from '../incident/incident.js'
import type { MailRequest, RenderedMail } from '../mail.js'
import { refuseUnknownOptions } from '../options.js'
import { defineStage, type Stage, throwIfAborted } from '../pipeline.js'
import { type Branding, loadBranding, type TemplateBranding } from './branding.js'
import type { TemplateFilter, TemplateTag, TemplateTest } from './filters/host-parts.js'
import { type FoundTemplate, findTemplate, type TemplateFiles } from './find-template.js'
import { type IsolationOptions, isolationOptions } from './isolated/isolation-options.js'
import { createRenderPool } from './isolated/render-pool.js'
import { renderWords, type TemplateRenderers } from './render-words.js'
import { checkTemplateLanguage, type TemplateLanguage } from './template-language.js'
import { wordsRequest } from './words-request.js'

export type { TagArguments as TemplateTagArguments } from '../jinja/host-parts.js'
export type { RenderBounds as TemplateLimits } from '../jinja/limits.js'
export type { Branding, IsolationOptions, TemplateFiles, TemplateFilter, TemplateTag, TemplateTest }

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
  /**
   * Render in processes of their own, which may neither read files beside the templates nor know the environment, and
   * are killed when they take too long: for templates nobody trusts. Default false.
   */
  readonly isolated?: boolean | IsolationOptions
}

/** The stage, with the processes that it started where it is `isolated`. */
export interface RenderStage extends Stage<MailRequest, RenderedMail> {
  /** Ends those processes. Mails under way are finished first. */
  close(): Promise<void>
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
 * `TEMPLATE_SOURCE_EXCEEDED` for a template that reaches a bound. `TEMPLATE_MEMORY_EXCEEDED` and
 * `RENDERER_FAILED` where it is `isolated`. `INVALID_CONFIG` at once for options that cannot be what they are.
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
export function render(options: RenderOptions): RenderStage {
  refuseUnknownOptions(options, OPTIONS)
  checkTemplateLanguage(options)
  const { templates = {}, defaultTemplate, ignoreLabelCase, incidents } = options
  const { dateFormat, branding, templateLimits } = options
  const isolation = isolationOptions(options.isolated, options)
  const pool = isolation && createRenderPool(isolation, options)
  let loadingRenderers: Promise<TemplateRenderers> | undefined
  /** Loaded with the first mail that has a template: most of this folder, and the template language, is for those. */
  const renderersOnce = () => {
    loadingRenderers ??= import('./render-content.js').then(({ createTemplateRenderers }) =>
      createTemplateRenderers(options, templateLimits),
    )
    return loadingRenderers
  }
  let loadingBranding: Promise<TemplateBranding> | undefined
  /** Read with the first mail. A failure is not kept: once the logo is put right, the next mail finds it so. */
  const brandingOnce = () => {
    loadingBranding ??= loadBranding(branding).catch((thrown) => {
      loadingBranding = undefined
      throw thrown
    })
    return loadingBranding
  }
  const stage = defineStage('render', async (request: MailRequest, { signal }) => {
    const label = templateLabel(request, defaultTemplate)
    const incident = await givenIncident(request.incident, incidents, signal)
    throwIfAborted(signal)
    const found = label === null ? null : await findTemplate(label, templates, ignoreLabelCase)
    const job = {
      request: wordsRequest(request),
      incident,
      found,
      branding: await brandingOnce(),
      dateFormat,
      now: Date.now(),
    }
    const { isTemplateHtml, ...words } = pool
      ? await pool.render(job, incidents, signal)
      : await renderWords(job, renderersOnce, createFetchedData(incidents), signal)
    throwIfAborted(signal)
    return {
      request,
      incident,
      ...words,
      imageFolder: isTemplateHtml ? imageFolder(found) : null,
      timings: {},
    }
  })
  return Object.assign(stage, { close: async () => await pool?.close() })
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
  isolated: true,
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

/** Local images are the template author's: only a template's own file says where they lie. */
function imageFolder(found: FoundTemplate | null): string | null {
  return (found?.html ?? found?.single)?.folder ?? null
}
