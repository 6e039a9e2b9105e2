// Takes pictures of the preview's page in Chromium for README and guide: `npm run pictures` runs it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { startPreview } from '../dist/index.js'
import { smallPng } from './small-png.mjs'

const folder = fileURLToPath(new URL('../docs/pictures/', import.meta.url))
const pictures = {
  'preview-light': { colorScheme: 'light', choice: { 'job.tlp': 'amber' } },
  'preview-dark': {
    colorScheme: 'dark',
    choice: { template: 'closing-report', scheme: 'dark', width: 'phone' },
  },
  'preview-error': {
    colorScheme: 'light',
    choice: {
      source:
        '<h1>{{ incident.name }}</h1>\n{% for found in template_helper.get_artifacts(artifact) %}\n  <p>{{ found.value | defnag }}</p>\n{% endfor %}\n',
    },
  },
}

const cwd = await mkdtemp(join(tmpdir(), 'preview-pictures-'))
const server = await startPreview({ cwd })
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
})
for (const [name, { colorScheme, choice }] of Object.entries(pictures)) {
  const context = await browser.newContext({ colorScheme, viewport: { width: 1280, height: 800 } })
  const page = await context.newPage()
  await page.goto(`${server.url}#${new URLSearchParams(choice)}`)
  await page.locator('.desk iframe:not(.coming), .problem').first().waitFor()
  await page.getByText('Saved files show at once').waitFor()
  const picture = smallPng(await page.screenshot())
  await writeFile(join(folder, `${name}.png`), picture)
  console.log(`${name}.png, ${Math.ceil(picture.length / 1000)} kB`)
  await context.close()
}
await browser.close()
await server.close()
await rm(cwd, { recursive: true })
