import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { describeWith } from '../setup/with-peer.js'
import { mailIn, previewInChromium } from './browser.js'

const files = {
  'incident-mailer.json': {
    templates: { report: './templates/report.njk' },
    incidents: './incidents',
    from: 'soc@example.com',
  },
  'templates/report.njk': '<h1>First: {{ incident.name }}</h1>{% include "parts/end.njk" %}',
  'templates/parts/end.njk': '<p>The end</p>',
  'incidents/7.json': { incident: { id: 7, name: 'Mine' } },
}

describeWith('chromium')('the preview page, while files are saved', () => {
  const { open } = previewInChromium()

  it('begins with the first template and incident of the config', async () => {
    const { page } = await open({ files })
    await mailIn(page).getByRole('heading', { name: 'First: Mine' }).waitFor()
    await page.getByText('Saved files show at once').waitFor()
  })

  it('shows a saved template, partial, incident and config', async () => {
    const { page, write, folder } = await open({ files })
    const mail = mailIn(page)
    await mail.getByRole('heading', { name: 'First: Mine' }).waitFor()
    await write('templates/report.njk', '<h1>Second: {{ incident.name }}</h1>{% include "parts/end.njk" %}')
    await mail.getByRole('heading', { name: 'Second: Mine' }).waitFor()
    // As most editors save.
    await write('templates/parts/.end.njk.tmp', '<p>Another end</p>')
    await rename(join(folder, 'templates/parts/.end.njk.tmp'), join(folder, 'templates/parts/end.njk'))
    await mail.getByText('Another end').waitFor()
    await write('incidents/7.json', { incident: { id: 7, name: 'Renamed' } })
    await mail.getByRole('heading', { name: 'Second: Renamed' }).waitFor()
    await page.getByText('7 · Renamed').waitFor()
    await write('incident-mailer.json', { ...files['incident-mailer.json'], from: 'Duty <duty@example.com>' })
    await page.locator('.people').getByText('Duty <duty@example.com>').waitFor()
    await write('incidents/new/8.json', { incident: { id: 8 } })
    await write('incidents/8.json', { incident: { id: 8, name: 'New' } })
    await page.getByText('8 · New').waitFor()
  })

  it('keeps its place while the mail changes', async () => {
    const long = Array.from({ length: 200 }, (_, line) => `<p>Line ${line}</p>`).join('')
    const { page, write } = await open({ files: { ...files, 'templates/report.njk': `<h1>One</h1>${long}` } })
    const mail = mailIn(page)
    await mail.getByText('Line 150', { exact: true }).scrollIntoViewIfNeeded()
    const place = () => mail.locator('html').evaluate((html) => html.ownerDocument.defaultView?.scrollY)
    const before = await place()
    expect(before).toBeGreaterThan(1000)
    await write('templates/report.njk', `<h1>Two</h1>${long}`)
    await mail.getByRole('heading', { name: 'Two' }).waitFor()
    expect(await place()).toBe(before)
  })

  it('shows where an error is, and the last good mail below it, until it is mended', async () => {
    const { page, write, complaints } = await open({ files })
    const mail = mailIn(page)
    await mail.getByRole('heading', { name: 'First: Mine' }).waitFor()
    await write('templates/parts/end.njk', '<p>\n{{ incident.name | nofilter }}\n</p>')
    const alert = page.getByRole('alert')
    await alert.getByText(/templates\/parts\/end\.njk, line 2/).waitFor()
    expect(await alert.locator('mark.line').textContent()).toContain('{{ incident.name | nofilter }}')
    await mail.getByRole('heading', { name: 'First: Mine' }).waitFor()
    await write('templates/parts/end.njk', '<p>Mended</p>')
    await mail.getByText('Mended').waitFor()
    await alert.waitFor({ state: 'detached' })
    expect(complaints).toEqual([])
  })

  it('shows what is wrong in the config, and none of its secrets, and goes on with what held before', async () => {
    const { page, write } = await open({ files })
    await mailIn(page).getByRole('heading', { name: 'First: Mine' }).waitFor()
    await write(
      'incident-mailer.json',
      '{\n  "transport": {\n    "auth": { "user": "soc", "pass": "hunter2" }\n    "host"\n}',
    )
    const alert = page.getByRole('alert')
    await alert.getByText(/incident-mailer\.json, line 4/).waitFor()
    expect(await alert.textContent()).not.toContain('hunter2')
    await mailIn(page).getByRole('heading', { name: 'First: Mine' }).waitFor()
    await write('incident-mailer.json', { ...files['incident-mailer.json'], form: 'x' })
    await alert.getByText(/did you mean "from"/).waitFor()
    await write('incident-mailer.json', files['incident-mailer.json'])
    await alert.waitFor({ state: 'detached' })
  })
})
