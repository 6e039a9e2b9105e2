// Takes pictures of the built-in mails in Chromium: light, dark, and on a phone. Run by `npm run pictures`, which
// writes those that the guide shows into docs/pictures/; `npm run pictures -- FOLDER [LABEL...]` writes all, or
// those of some labels, into a folder.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { render } from '../dist/index.js'
import { smallPng } from './small-png.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const [folder = here('../docs/pictures'), ...chosen] = process.argv.slice(2)
const inGuide = new Set([
  'incident-summary-light',
  'incident-summary-dark',
  'approval-request-light',
  'status-update-phone',
  'shift-handover-dark',
  'breach-notification-light',
])
const looks = {
  light: { colorScheme: 'light', viewport: { width: 660, height: 400 } },
  dark: { colorScheme: 'dark', viewport: { width: 660, height: 400 } },
  phone: { colorScheme: 'light', viewport: { width: 375, height: 667 }, isMobile: true, hasTouch: true },
}

const incident = JSON.parse(await readFile(here('../examples/incidents/2139.json'), 'utf8'))
const branding = {
  name: 'Example Ltd security',
  signature: 'Dana Weiss\nIncident response, Example Ltd',
  footer: 'Security hotline, day and night: +41 44 000 00 00',
}
const entries = await readdir(here('../templates'), { withFileTypes: true })
const labels = entries
  .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
  .map(({ name }) => name)

await mkdir(folder, { recursive: true })
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-quic',
    '--no-first-run',
  ],
})
for (const label of labels.filter((each) => chosen.length === 0 || chosen.includes(each))) {
  const { html } = await render({ branding })({ template: label, incident, tlp: 'amber' }, {})
  if (html === null) continue
  for (const [look, options] of Object.entries(looks)) {
    const name = `${label}-${look}`
    if (process.argv[2] === undefined && !inGuide.has(name)) continue
    // A mail runs no scripts and loads nothing; neither does its picture.
    const context = await browser.newContext({ ...options, javaScriptEnabled: false, offline: true })
    const page = await context.newPage()
    await page.setContent(html)
    const picture = smallPng(await page.screenshot({ fullPage: true }))
    await writeFile(join(folder, `${name}.png`), picture)
    console.log(`${name}.png, ${Math.ceil(picture.length / 1000)} kB`)
    await context.close()
  }
}
await browser.close()
