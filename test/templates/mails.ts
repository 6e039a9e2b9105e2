import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MailRequest, RenderedMail } from '../../src/mail.js'
import { builtInFolder } from '../../src/render/find-template.js'
import { type RenderOptions, render } from '../../src/render/render.js'

/** The labels of all built-in templates. */
export const labels = readdirSync(builtInFolder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
  .map(({ name }) => name)

/** The example incident, which has what every template can show. */
export const example = JSON.parse(
  await readFile(join(import.meta.dirname, '../../examples/incidents/2139.json'), 'utf8'),
)

export const branding = {
  name: 'Example SOC',
  signature: 'Dana Weiss\nIncident response',
  footer: 'Hotline: 555-0100',
}

/** A built-in mail. */
export async function mail(
  template: string,
  request: MailRequest = {},
  options: RenderOptions = { branding },
): Promise<RenderedMail> {
  return await render(options)({ template, incident: example, ...request }, {})
}
