import { readdir, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { codeOf, IncidentMailerError, messageOf } from '../errors.js'
import { nearest } from '../nearest.js'
import { packageFolder } from '../package-folder.js'
import { quoted } from '../quoted.js'

/** The files of one template, and the source of its subject. */
export interface TemplateFiles {
  /** The file of the HTML part. Default: none, a plain-text mail. */
  readonly html?: string
  /** The file of the plain-text part. Default: made from the HTML. */
  readonly text?: string
  /** The subject, a template's source rather than a file. Default: `[{{ incident.id }}] {{ incident.name }}`. */
  readonly subject?: string
}

/** A template's file, with its symbolic links followed. */
export interface TemplateFile {
  readonly folder: string
  readonly name: string
}

/** A template that a label stands for. */
export interface FoundTemplate {
  /** A file of which only its content says whether it is HTML. */
  readonly single?: TemplateFile
  readonly html?: TemplateFile
  readonly text?: TemplateFile
  readonly subject?: { readonly source: string } | { readonly file: TemplateFile }
}

/** The folder of the templates that come with the package, one folder a label. */
export const builtInFolder = join(packageFolder, 'templates')

const parts = { html: 'message.html.njk', text: 'message.txt.njk', subject: 'subject.njk' } as const

/**
 * The template of a label: a configured one, else one that comes with the package.
 *
 * @param ignoreCase - whether a label is also found that is written in another case. Default false
 */
export async function findTemplate(
  wanted: string,
  configured: Readonly<Record<string, string | TemplateFiles>>,
  ignoreCase = false,
): Promise<FoundTemplate> {
  const label = ignoreCase ? await inItsOwnCase(wanted, configured) : wanted
  const own = Object.hasOwn(configured, label) ? configured[label] : undefined
  const found = own === undefined ? await builtIn(label) : await ofFiles(label, own)
  if (found) return found
  const known = [...Object.keys(configured), ...(await builtInLabels())]
  const meant = nearest(label, known)
  throw new IncidentMailerError(
    'UNKNOWN_TEMPLATE',
    `there is no template ${quoted(label)}; ${meant === undefined ? '' : `did you mean ${meant}? `}known are ${known.join(', ')}`,
    { field: 'template' },
  )
}

/** The label as it is configured, where it is. */
async function inItsOwnCase(label: string, configured: object): Promise<string> {
  const labels = [...Object.keys(configured), ...(await builtInLabels())]
  if (labels.includes(label)) return label
  return labels.find((candidate) => candidate.toLowerCase() === label.toLowerCase()) ?? label
}

async function ofFiles(label: string, files: string | TemplateFiles): Promise<FoundTemplate> {
  const field = `templates.${label}`
  if (typeof files === 'string') return { single: await locate(files, field) }
  if (files.html === undefined && files.text === undefined) {
    throw new IncidentMailerError(
      'INVALID_CONFIG',
      `${field} needs "html" or "text", the file of a template`,
      { field },
    )
  }
  return {
    ...(files.html !== undefined && { html: await locate(files.html, `${field}.html`) }),
    ...(files.text !== undefined && { text: await locate(files.text, `${field}.text`) }),
    ...(files.subject !== undefined && { subject: { source: files.subject } }),
  }
}

async function builtIn(label: string): Promise<FoundTemplate | null> {
  // Compared with what is there, so that a label is never a path.
  if (!(await builtInLabels()).includes(label)) return null
  const folder = join(builtInFolder, label)
  const names = await readdir(folder)
  const file = (name: string) => (names.includes(name) ? locate(join(folder, name), 'template') : undefined)
  const [html, text, subject] = await Promise.all([file(parts.html), file(parts.text), file(parts.subject)])
  return { ...(html && { html }), ...(text && { text }), ...(subject && { subject: { file: subject } }) }
}

/** The labels of the templates that come with the package. */
export async function builtInLabels(): Promise<string[]> {
  const entries = await readdir(builtInFolder, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('_')).map(({ name }) => name)
}

async function locate(path: string, field: string): Promise<TemplateFile> {
  const file = resolve(path)
  try {
    const real = await realpath(file)
    return { folder: dirname(real), name: basename(real) }
  } catch (cause) {
    const missing = codeOf(cause) === 'ENOENT'
    throw missing
      ? new IncidentMailerError('FILE_NOT_FOUND', `the template file ${file} does not exist`, {
          field,
          cause,
        })
      : new IncidentMailerError(
          'FILE_UNREADABLE',
          `the template file ${file} cannot be read: ${messageOf(cause)}`,
          {
            field,
            cause,
          },
        )
  }
}
