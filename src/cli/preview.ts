import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { IncidentMailerError } from '../errors.js'
import type { WorkspaceOptions } from '../preview/workspace.js'
import type { CliCommand, CommonFlags } from './command.js'
import { type Outcome, printNote } from './output.js'

/** `preview`: a page on loopback that shows what mails look like. */
export const preview: CliCommand = {
  name: 'preview',
  description: 'show mails in a browser before anyone gets them',
  operands: '[template]',
  flags: [
    ['--incidents <path>', "a folder of incident files, or one such file (default: the config's)"],
    ['--once', 'write all mails as static pages and pictures instead, and end'],
    ['--out <folder>', 'where --once writes them'],
    ['--no-pictures', 'take no pictures, although there is a Chromium'],
    ['--port <number>', 'the port on 127.0.0.1 (default: any that is free)'],
  ],
  run: runPreview,
}

interface PreviewFlags extends CommonFlags {
  readonly incidents?: string
  readonly port?: string
  readonly once?: boolean
  readonly out?: string
  readonly pictures?: boolean
}

async function runPreview(
  flags: PreviewFlags,
  signal: AbortSignal,
  [template]: readonly string[],
): Promise<Outcome> {
  const { config, incidents, port } = flags
  if (flags.once) return await writeAll(flags, signal, template)
  if (flags.out !== undefined) throw new IncidentMailerError('USAGE', '--out goes with --once')

  const { startPreview } = await import('../preview/server/start-preview.js')
  const { labelOf } = await import('../preview/workspace.js')
  const isFile = template !== undefined && (await isThere(template))
  if (template !== undefined && !isFile) await assertLabel(template, { config, incidents })
  const { url, close } = await startPreview({
    config,
    incidents,
    port: portOf(port),
    ...(isFile && { templateFile: template }),
  })
  const label = template === undefined ? null : isFile ? labelOf(template) : template
  const address = label === null ? url : `${url}#${new URLSearchParams({ template: label })}`
  printNote(`preview at ${address} (Ctrl+C ends it)`)
  if (!signal.aborted) await once(signal, 'abort')
  await close()
  return { json: { url: address }, text: 'The preview has ended.', exitCode: 0 }
}

/** Every template about every incident, for a pull request or a site. */
async function writeAll(
  { config, incidents, out, pictures }: PreviewFlags,
  signal: AbortSignal,
  template: string | undefined,
): Promise<Outcome> {
  if (out === undefined)
    throw new IncidentMailerError('USAGE', 'name the folder to write into: --once --out FOLDER')
  const { writeGallery } = await import('../preview/gallery.js')
  const { labelOf, openWorkspace } = await import('../preview/workspace.js')
  const isFile = template !== undefined && (await isThere(template))
  const workspace = openWorkspace({ config, incidents, ...(isFile && { templateFile: template }) })
  try {
    const label = template !== undefined && isFile ? labelOf(template) : template
    const gallery = await writeGallery(workspace, { out, pictures, template: label, signal })
    const failed = gallery.mails.filter(({ problem }) => problem !== null)
    return {
      json: gallery,
      text: [
        `${gallery.mails.length - failed.length} mails in ${gallery.folder}${gallery.pictures ? '' : ', without pictures'}`,
        ...failed.map((mail) => `FAILED  ${mail.template}, ${mail.incident}: ${mail.problem}`),
      ].join('\n'),
      exitCode: failed.length > 0 ? 65 : 0,
    }
  } finally {
    await workspace.close()
  }
}

/** Refuses a label that no template has, where the settings can tell: the page shows what is wrong with them. */
async function assertLabel(label: string, options: WorkspaceOptions): Promise<void> {
  const { openWorkspace } = await import('../preview/workspace.js')
  const { assertTemplate } = await import('../preview/assert-template.js')
  const workspace = openWorkspace(options)
  try {
    const choices = await workspace.choices()
    if (choices.problem === null) assertTemplate(label, choices)
  } finally {
    await workspace.close()
  }
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    (status) => status.isFile(),
    () => false,
  )
}

function portOf(port: string | undefined): number | undefined {
  if (port === undefined) return undefined
  const number = Number(port)
  if (/^\d+$/.test(port) && number <= 65_535) return number
  throw new IncidentMailerError('USAGE', '--port has to be a number from 0 to 65535; 0 is any that is free')
}
