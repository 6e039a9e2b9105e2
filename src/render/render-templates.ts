import type { FetchedData } from '../incident/fetched-data.js'
import type { UndefinedVariable } from '../jinja/environment.js'
import type { FoundTemplate } from './find-template.js'
import type { Content, TemplateRenderer } from './render-content.js'
import { renderUntilComplete } from './render-until-complete.js'
import type { TemplateRenderers, WordsJob } from './render-words.js'
import { renderSubject } from './subject.js'
import { templateContext } from './template-context.js'
import type { WordsRequest } from './words-request.js'

/** What the templates of a mail say. */
export interface RenderedTemplates {
  /** Null where the subject alone is a template. */
  readonly templated: Content | null
  readonly subject: string
  readonly undefinedVariables: readonly UndefinedVariable[]
}

/** Fills in a mail's templates with its incident, and with what they ask its source for. */
export async function renderTemplates(
  { request, incident, found, branding, dateFormat, now }: WordsJob,
  rendererOf: TemplateRenderers,
  fetched: FetchedData,
  signal: AbortSignal | undefined,
): Promise<RenderedTemplates> {
  const scope = { locale: request.locale ?? 'en', timeZone: request.timeZone ?? 'UTC', now }
  return await renderUntilComplete(fetched, signal, async (lenient) => {
    const context = templateContext(request, incident, { dateFormat, branding, fetched })
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
  })
}

async function renderTemplate(
  request: WordsRequest,
  found: FoundTemplate | null,
  renderer: TemplateRenderer,
): Promise<Content | null> {
  if (found) return await renderer.template(found, request.format)
  return request.inlineTemplate ? await renderer.inline(request.inlineTemplate, request.format) : null
}
