import { IncidentMailerError, messageOf } from '../errors.js'
import type { UndefinedVariable } from '../jinja/environment.js'
import {
  createEnvironment,
  type RenderBounds,
  type RenderedTemplate,
  type RenderTemplateOptions,
  type TemplateEnvironment,
  type TemplateVariables,
} from '../jinja/environment.js'
import type { MailRequest } from '../mail.js'
import { contentFormat } from './content-format.js'
import { hostParts, type OwnParts } from './filters/host-parts.js'
import type { FilterScope } from './filters/mail-filters.js'
import { builtInFolder, type FoundTemplate, type TemplateFile } from './find-template.js'
import { inTemplate } from './template-problem.js'

/** What is said: HTML, plain text, or both. What is null is made from the other. */
export interface Content {
  readonly html: string | null
  readonly text: string | null
}

/** Renders the parts of one mail, and gathers what is undefined in them. */
export interface TemplateRenderer {
  template(found: FoundTemplate, format: MailRequest['format']): Promise<Content>
  inline(source: string, format: MailRequest['format']): Promise<Content>
  /** Renders a subject, or another line that is no HTML. */
  line(subject: { readonly source: string } | { readonly file: TemplateFile }, field: string): string
  undefinedVariables(): readonly UndefinedVariable[]
}

/** What filters know of a mail, but for the part that is being rendered. */
export type MailScope = Omit<FilterScope, 'html'>

/** What a template may do with a value that is not there. */
export type MissingValues = Pick<RenderTemplateOptions, 'strictUndefined' | 'chainUndefined'>

/**
 * Makes renderers; keeps the compiled templates of every folder between them.
 *
 * @param own - what the caller adds to the language
 * @param bounds - what one template may use
 */
export function createTemplateRenderers(own: OwnParts = {}, bounds: RenderBounds = {}) {
  const environments = new Map<string, TemplateEnvironment>()
  let scope: FilterScope = { locale: 'en', timeZone: 'UTC', html: false, now: 0 }
  const parts = hostParts(() => scope, own)

  function environmentOf(folder: string): TemplateEnvironment {
    const known = environments.get(folder)
    if (known) return known
    const made = createEnvironment({
      folders: [...new Set([folder, builtInFolder])],
      ...parts,
      bounds,
    })
    environments.set(folder, made)
    return made
  }

  return (variables: TemplateVariables, missingValues: MissingValues, mail: MailScope): TemplateRenderer => {
    const missing: UndefinedVariable[] = []

    /** Whether a filter of the last render made it out whether HTML is rendered. */
    let asked = false

    /** Filters ask for the scope while a template renders, which nothing interrupts: no other mail's gets in. */
    function scoped(html: boolean, run: () => RenderedTemplate): RenderedTemplate {
      asked = false
      scope = {
        ...mail,
        get html() {
          asked = true
          return html
        },
      }
      return run()
    }

    function note({ text, undefinedVariables }: RenderedTemplate): string {
      missing.push(...undefinedVariables)
      return text
    }

    const renderFile = (
      { folder, name }: TemplateFile,
      autoescape: boolean,
      field: string,
      html = autoescape,
    ) =>
      inTemplate(field, () =>
        scoped(html, () =>
          readingFile(name, () =>
            environmentOf(folder).file(name, variables, { autoescape, ...missingValues }),
          ),
        ),
      )

    const renderSource = (source: string, autoescape: boolean, field: string, html = autoescape) =>
      // An inline template may be made of an incident's text: it sees the built-in templates alone.
      inTemplate(field, () =>
        scoped(html, () =>
          environmentOf(builtInFolder).source(source, field, variables, { autoescape, ...missingValues }),
        ),
      )

    /**
     * Renders what may be HTML or text. Escaped first, with filters that make no HTML: what has markup then has
     * it from the template's author. What has none is text, in which nothing is escaped.
     */
    async function found(
      run: (autoescape: boolean, html: boolean) => RenderedTemplate,
      format: MailRequest['format'],
    ): Promise<Content> {
      if (format === 'text') return { html: null, text: note(run(false, false)) }
      const escaped = run(true, format === 'html')
      const differs = asked && format !== 'html'
      const isHtml = format === 'html' || (await contentFormat(escaped.text)) === 'html'
      if (!isHtml) return { html: null, text: note(run(false, false)) }
      return { html: note(differs ? run(true, true) : escaped), text: null }
    }

    return {
      async template({ single, html, text }, format) {
        if (single)
          return await found((autoescape, html) => renderFile(single, autoescape, 'template', html), format)
        return {
          html: html ? note(renderFile(html, true, 'template')) : null,
          text: text ? note(renderFile(text, false, 'template')) : null,
        }
      },
      inline: (source, format) =>
        found((autoescape, html) => renderSource(source, autoescape, 'inlineTemplate', html), format),
      line: (subject, field) =>
        note(
          'file' in subject
            ? renderFile(subject.file, false, field)
            : renderSource(subject.source, false, field),
        ),
      undefinedVariables: () => missing,
    }
  }
}

/** A file that went away or may not be read since it was found. */
function readingFile<T>(name: string, work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && 'syscall' in thrown)) throw thrown
    throw new IncidentMailerError(
      'FILE_UNREADABLE',
      `the template file ${name} cannot be read: ${messageOf(thrown)}`,
      {
        field: 'template',
        cause: thrown,
      },
    )
  }
}
