import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { IncidentMailerError, messageOf } from '../errors.js'
import { throwIfAborted } from '../pipeline.js'
import { assertTemplate } from './assert-template.js'
import { findChromium, openPhotographer, type Photographer } from './chromium.js'
import type { MailPreview } from './facts.js'
import { type ColorScheme, frameHtml } from './frame.js'
import { galleryPage } from './gallery-page.js'
import type { Workspace } from './workspace.js'

/** What a gallery is made of, and where it goes. */
export interface GalleryOptions {
  /** The folder it is written into; nothing is written elsewhere. */
  readonly out: string
  /** Whether pictures are taken where there is a Chromium. Default true. */
  readonly pictures?: boolean
  /** The label of the one template to show. Default: all. */
  readonly template?: string
  readonly signal?: AbortSignal
}

/** A gallery that was written. */
export interface Gallery {
  readonly folder: string
  readonly mails: readonly GalleryMail[]
  readonly pictures: boolean
}

/** One template about one incident. */
export interface GalleryMail {
  readonly template: string
  readonly incident: string
  readonly subject: string | null
  /** Its files' names, by look. */
  readonly files: Readonly<Record<string, string>>
  /** Why there is no mail, or null. */
  readonly problem: string | null
  /** How many things look wrong. */
  readonly warnings: number
}

/** Writes every template about every incident as static pages, and as pictures where there is a Chromium. */
export async function writeGallery(workspace: Workspace, options: GalleryOptions): Promise<Gallery> {
  const folder = resolve(workspace.cwd, options.out)
  const choices = await workspace.choices()
  const { templates, incidents, problem } = choices
  if (problem) throw new IncidentMailerError(problem.code, problem.message, { stage: 'config' })
  if (options.template !== undefined) assertTemplate(options.template, choices)
  const own = incidents.filter(({ set }) => set === 'own')
  const shown = templates.filter(({ label }) => options.template === undefined || label === options.template)
  const pictures = options.pictures !== false && (await findChromium()) !== null
  const photographer = pictures ? await openPhotographer() : null
  const mails: GalleryMail[] = []
  try {
    for (const { label } of shown) {
      // The examples are for those who have none of their own.
      for (const { key } of own.length > 0 ? own : incidents) {
        throwIfAborted(options.signal)
        mails.push(await writeMail(workspace, folder, label, key, photographer))
      }
    }
  } finally {
    await photographer?.close()
  }
  await write(folder, 'index.html', galleryPage(mails, pictures))
  return { folder, mails, pictures }
}

async function writeMail(
  workspace: Workspace,
  folder: string,
  template: string,
  incident: string,
  photographer: Photographer | null,
): Promise<GalleryMail> {
  const facts = { template, incident: basename(incident, '.json') }
  let mail: MailPreview
  try {
    mail = await workspace.preview({ template, source: null, incident, pasted: null, fields: {} })
  } catch (thrown) {
    if (!(thrown instanceof IncidentMailerError)) throw thrown
    return { ...facts, subject: null, files: {}, problem: thrown.message, warnings: 0 }
  }
  const name = `${safe(template)}--${safe(facts.incident)}`
  const files: Record<string, string> = {}
  const add = async (look: string, file: string, content: string | Uint8Array) => {
    files[look] = file
    await write(folder, file, content)
  }
  await add('text', `${name}.txt`, mail.text)
  if (mail.html !== null) {
    for (const scheme of ['light', 'dark'] as const) {
      const html = frameHtml(mail.html, mail.parts, scheme)
      await add(`${scheme} page`, `${name}-${scheme}.html`, html.replace('<head>', `<head>${POLICY}`))
    }
    for (const { look, scheme, width } of photographer ? LOOKS : []) {
      const html = frameHtml(mail.html, mail.parts, scheme)
      const picture = await photographer?.picture(html, { width, scheme })
      if (picture) await add(look, `${name}-${look}.png`, picture)
    }
  }
  const warnings = mail.findings.filter(({ level }) => level === 'warning').length
  return { ...facts, subject: mail.subject, files, problem: null, warnings }
}

const LOOKS: readonly { look: string; scheme: ColorScheme; width: number }[] = [
  { look: 'light', scheme: 'light', width: 700 },
  { look: 'dark', scheme: 'dark', width: 700 },
  { look: 'phone', scheme: 'light', width: 375 },
]

/** A page that is opened from a disk has no header to say it. */
const POLICY = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'">`

/** A label as part of a file's name. */
function safe(label: string): string {
  return label.replace(/[^\p{L}\p{N}._-]/gu, '_').replace(/^\.+/, '_')
}

async function write(folder: string, name: string, content: string | Uint8Array): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, name), content)
  } catch (cause) {
    throw new IncidentMailerError(
      'FILE_UNWRITABLE',
      `cannot write ${join(folder, name)}: ${messageOf(cause)}`,
      { cause },
    )
  }
}
