import { IncidentMailerError, messageOf } from '../errors.js'
import type { UndefinedVariable } from '../jinja/environment.js'
import {
  createEnvironment,
  type HostFunction,
  type RenderedTemplate,
  type TemplateEnvironment,
  type TemplateVariables,
} from '../jinja/environment.js'
import type { MailRequest } from '../mail.js'
import { bareLines } from './bare-lines.js'
import { contentFormat } from './content-format.js'
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

/** Makes renderers; keeps the compiled templates of every folder between them. */
export function createTemplateRenderers() {
  const environments = new Map<string, TemplateEnvironment>()

  function environmentOf(folder: string): TemplateEnvironment {
    const known = environments.get(folder)
    if (known) return known
    const made = createEnvironment({
      folders: [...new Set([folder, builtInFolder])],
      filters: { plain_text: plainText },
    })
    environments.set(folder, made)
    return made
  }

  return (variables: TemplateVariables, strictUndefined: boolean): TemplateRenderer => {
    const missing: UndefinedVariable[] = []

    function note({ text, undefinedVariables }: RenderedTemplate): string {
      missing.push(...undefinedVariables)
      return text
    }

    const renderFile = ({ folder, name }: TemplateFile, autoescape: boolean, field: string) =>
      inTemplate(field, () =>
        readingFile(name, () => environmentOf(folder).file(name, variables, { autoescape, strictUndefined })),
      )

    const renderSource = (source: string, autoescape: boolean, field: string) =>
      // An inline template may be made of an incident's text: it sees the built-in templates alone.
      inTemplate(field, () =>
        environmentOf(builtInFolder).source(source, field, variables, { autoescape, strictUndefined }),
      )

    /**
     * Renders what may be HTML or text. Escaped first: what has markup then has it from the template's
     * author. What has none is text, in which nothing is escaped.
     */
    async function found(
      run: (autoescape: boolean) => RenderedTemplate,
      format: MailRequest['format'],
    ): Promise<Content> {
      if (format === 'text') return { html: null, text: note(run(false)) }
      const escaped = run(true)
      const isHtml = format === 'html' || (await contentFormat(escaped.text)) === 'html'
      return isHtml ? { html: note(escaped), text: null } : { html: null, text: note(run(false)) }
    }

    return {
      async template({ single, html, text }, format) {
        if (single) return await found((autoescape) => renderFile(single, autoescape, 'template'), format)
        return {
          html: html ? note(renderFile(html, true, 'template')) : null,
          text: text ? note(renderFile(text, false, 'template')) : null,
        }
      },
      inline: (source, format) =>
        found((autoescape) => renderSource(source, autoescape, 'inlineTemplate'), format),
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

/** For text parts: rich text with its lines kept and its tags gone, which `striptags` makes one line of. */
const plainText: HostFunction = {
  parameters: ['html'],
  call: (html) => (typeof html === 'string' ? bareLines(html) : html),
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
