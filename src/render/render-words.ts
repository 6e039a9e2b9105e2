import type { FetchedData } from '../incident/fetched-data.js'
import type { IncidentFile } from '../incident/incident.js'
import type { Warning } from '../mail.js'
import { throwIfAborted } from '../pipeline.js'
import type { TemplateBranding } from './branding.js'
import { contentFormat } from './content-format.js'
import type { FoundTemplate } from './find-template.js'
import { appendHtml } from './merge-body.js'
import { loadPlainText } from './plain-text.js'
import type { Content, createTemplateRenderers } from './render-content.js'
import { renderSubject } from './subject.js'
import { undefinedWarnings } from './template-problem.js'
import { textAsHtml } from './text-as-html.js'
import type { WordsRequest } from './words-request.js'

/** All that is known of a mail before its templates run. Data alone, so that another process can do it too. */
export interface WordsJob {
  readonly request: WordsRequest
  readonly incident: IncidentFile | null
  /** The template of the request's label, or null where it names none. */
  readonly found: FoundTemplate | null
  readonly branding: TemplateBranding
  /** How the template helper prints dates. */
  readonly dateFormat?: string | undefined
  /** When the mail is made, in milliseconds since 1970. */
  readonly now: number
}

/** What a mail says. */
export interface Words {
  readonly subject: string
  readonly html: string | null
  readonly text: string
  /** Whether HTML of the template is in it, whose local images are the template author's. */
  readonly isTemplateHtml: boolean
  readonly warnings: readonly Warning[]
}

/** Makes renderers of templates. */
export type TemplateRenderers = ReturnType<typeof createTemplateRenderers>

/**
 * Fills in a mail's templates, and makes of them and the body the parts that the mail has.
 *
 * @param renderers - asked where there is a template
 */
export async function renderWords(
  job: WordsJob,
  renderers: () => Promise<TemplateRenderers>,
  fetched: FetchedData,
  signal: AbortSignal | undefined,
): Promise<Words> {
  const { request, incident } = job
  const { templated, subject, undefinedVariables } = hasTemplates(job)
    ? await (await import('./render-templates.js')).renderTemplates(job, await renderers(), fetched, signal)
    : { templated: null, subject: renderSubject(request, null, incident, LITERAL), undefinedVariables: [] }
  throwIfAborted(signal)
  const body = templated && !request.mergeBody ? null : await bodyOf(request)
  const content = await complete(
    templated && body ? await merged(templated, body) : (templated ?? body),
    request,
  )
  return {
    subject,
    ...content,
    isTemplateHtml: Boolean(templated?.html),
    warnings: [...unusedBody(request, templated), ...undefinedWarnings(undefinedVariables)],
  }
}

/** Whether the template language has anything to do: a subject is a template as well. */
function hasTemplates({ request: { inlineTemplate, subject }, found }: WordsJob): boolean {
  return found !== null || Boolean(inlineTemplate) || Boolean(subject?.includes('{'))
}

/** A subject in which nothing is to be filled in. */
const LITERAL = { line: (subject: object) => ('source' in subject ? String(subject.source) : '') }

/** The request's own words, which are never rendered. */
async function bodyOf({ body, textBody, format = 'auto' }: WordsRequest): Promise<Content | null> {
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
  { format }: WordsRequest,
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

function unusedBody({ body, textBody, mergeBody }: WordsRequest, templated: Content | null): Warning[] {
  if (!templated || mergeBody || !(body || textBody)) return []
  const message = `${body ? 'body' : 'textBody'} is not used, since a template wins over it; set mergeBody to append it`
  return [{ code: 'UNUSED_BODY', message }]
}
