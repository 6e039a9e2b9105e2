import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { editConfig } from '../config/config-editor.js'
import { readSettings } from '../config/read-settings.js'
import { IncidentMailerError, messageOf } from '../errors.js'
import { quoted } from '../quoted.js'
import { findTemplate, type TemplateFile } from '../render/find-template.js'

/** A template to be made. */
export interface NewTemplateOptions {
  /** Its label, and the name of its files. */
  readonly name: string
  /** The label of the template it begins as. Default `incident-summary`. */
  readonly from?: string
  /** The config file that will name it. Default: the one in the working directory, else a new one there. */
  readonly config?: string
  /** The working directory. Default: the process's. */
  readonly cwd?: string
}

/** A template that was made. */
export interface NewTemplate {
  readonly label: string
  readonly from: string
  readonly files: readonly string[]
  /** The config file that names it now. */
  readonly config: string
}

/**
 * Copies a template's files under a new name, and names it in the config file. Nothing that is there is written over.
 *
 * @throws IncidentMailerError `INVALID_REQUEST` for a name that cannot be a file's or is taken, `UNKNOWN_TEMPLATE`,
 * `FILE_UNWRITABLE`, and as reading the config file does
 */
export async function newTemplate(options: NewTemplateOptions): Promise<NewTemplate> {
  const { name, from = 'incident-summary', config } = options
  const cwd = resolve(options.cwd ?? '.')
  if (!/^[\p{L}\p{N}][\p{L}\p{N}_-]{0,63}$/u.test(name)) {
    throw invalid(`${quoted(name)} cannot be a template's name: use letters, digits, "-" and "_"`)
  }
  const { templates = {} } = (await readSettings({ file: config, cwd }).catch(unlessMissing)).config
  if (Object.hasOwn(templates, name))
    throw invalid(`there is a template ${quoted(name)} already; choose another name`)
  const found = await findTemplate(from, templates)
  const editor = await editConfig(config, cwd)

  const files: string[] = []
  const copy = async (file: TemplateFile, ending: string) => {
    const target = join(folderFor(file, editor.folder), `${name}${ending}`)
    await write(target, await readFile(join(file.folder, file.name), 'utf8'))
    files.push(target)
    // As it is written everywhere, also on Windows.
    return `./${relative(editor.folder, target).split(sep).join('/')}`
  }
  const html = found.html && (await copy(found.html, '.html.njk'))
  const text = found.text && (await copy(found.text, '.txt.njk'))
  const single = found.single && (await copy(found.single, '.njk'))
  const subject =
    found.subject && ('source' in found.subject ? found.subject.source : await line(found.subject.file))
  editor.set(
    ['templates', name],
    single ?? { ...(html && { html }), ...(text && { text }), ...(subject && { subject }) },
  )
  await editor.save()
  return { label: name, from, files, config: editor.path }
}

/** Beside the original, whose partials lie there, where that is the user's own; else in `templates`. */
function folderFor(file: TemplateFile, folder: string): string {
  return file.folder.startsWith(`${folder}${sep}`) ? file.folder : join(folder, 'templates')
}

async function write(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text, { flag: 'wx' })
  } catch (cause) {
    const message = `cannot write ${path}: ${messageOf(cause)}; nothing that is there is written over`
    throw new IncidentMailerError('FILE_UNWRITABLE', message, { cause })
  }
}

/** A subject stands in the config itself, and in one line. */
async function line({ folder, name }: TemplateFile): Promise<string> {
  return (await readFile(join(folder, name), 'utf8')).trim()
}

function unlessMissing(error: unknown): { config: { templates?: undefined } } {
  // A file that is named and not there is made.
  if (error instanceof IncidentMailerError && error.code === 'FILE_NOT_FOUND') return { config: {} }
  throw error
}

function invalid(message: string): IncidentMailerError {
  return new IncidentMailerError('INVALID_REQUEST', message, { stage: 'request', field: 'name' })
}
