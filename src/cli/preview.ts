import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { IncidentMailerError } from '../errors.js'
import type { CliCommand, CommonFlags } from './command.js'
import { type Outcome, printNote } from './output.js'

/** `preview`: a page on loopback that shows what mails look like. */
export const preview: CliCommand = {
  name: 'preview',
  description: 'show mails in a browser before anyone gets them',
  operands: '[template]',
  flags: [
    ['--incidents <path>', "a folder of incident files, or one such file (default: the config's)"],
    ['--port <number>', 'the port on 127.0.0.1 (default: any that is free)'],
  ],
  run: runPreview,
}

interface PreviewFlags extends CommonFlags {
  readonly incidents?: string
  readonly port?: string
}

async function runPreview(
  { config, incidents, port }: PreviewFlags,
  signal: AbortSignal,
  [template]: readonly string[],
): Promise<Outcome> {
  const { startPreview } = await import('../preview/server/start-preview.js')
  const { labelOf } = await import('../preview/workspace.js')
  const isFile = template !== undefined && (await isThere(template))
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
