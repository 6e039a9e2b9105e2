import { expect, it } from 'vitest'
import { preview } from '../../src/index.js'
import { writeSnapshot } from '../../src/mail-snapshot.js'
import { describeWith } from '../setup/with-peer.js'
import { previewInChromium } from './browser.js'

const files = {
  'incident-mailer.json': {
    templates: { report: './templates/report.njk' },
    incidents: './incidents',
    from: 'soc@example.com',
  },
  'templates/report.njk': '<h1>First: {{ incident.name }}</h1>\n<p>All is well.</p>',
  'incidents/7.json': { incident: { id: 7, name: 'Mine' } },
}

describeWith('chromium')('comparing, in the page', () => {
  const { open } = previewInChromium()

  it('shows a mail as it was and as it is once its file is saved, and marks the difference', async () => {
    const { page, write, complaints } = await open({ files })
    const [before, after] = [0, 1].map((side) =>
      page.locator('.side').nth(side).frameLocator('iframe:not(.coming)'),
    )
    await page.keyboard.press('7')
    await page.getByText('Nothing differs.').waitFor()
    await write('templates/report.njk', '<h1>Second: {{ incident.name }}</h1>\n<p>All is well.</p>')
    await after?.getByRole('heading', { name: 'Second: Mine' }).waitFor()
    await before?.getByRole('heading', { name: 'First: Mine' }).waitFor()
    const source = page.getByRole('region', { name: 'HTML source: what differs' })
    await source.waitFor()
    expect(await source.locator('del').allTextContents()).toEqual(['First'])
    expect(await source.locator('ins').allTextContents()).toEqual(['Second'])
    await page.getByRole('region', { name: 'Text: what differs' }).locator('ins').first().waitFor()
    // Another save is compared with the same first one, and a reload keeps the choice.
    await write('templates/report.njk', '<h1>Third: {{ incident.name }}</h1>\n<p>All is well.</p>')
    await source.locator('ins', { hasText: 'Third' }).waitFor()
    await page.reload()
    await page.waitForURL(/tab=compare/)
    await source.locator('del', { hasText: 'First' }).waitFor()
    await write('templates/report.njk', files['templates/report.njk'])
    await page.getByText('Nothing differs.').waitFor()
    expect(complaints).toEqual([])
  })

  it('compares with another template, chosen by the keyboard and kept in the address', async () => {
    const { page, complaints } = await open({ files })
    await page.keyboard.press('c')
    const select = page.getByLabel('Compare with')
    expect(await select.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true)
    await page.keyboard.press('End')
    await page.waitForURL(/against=template%2F/)
    await select.selectOption('template/incident-summary')
    await page.waitForURL(/against=template%2Fincident-summary/)
    await page
      .locator('.side')
      .first()
      .frameLocator('iframe:not(.coming)')
      .getByRole('heading', { name: 'Mine' })
      .waitFor()
    await page.getByRole('region', { name: 'Text: what differs' }).waitFor()
    await page.reload()
    await page.getByRole('region', { name: 'Text: what differs' }).waitFor()
    expect(await select.inputValue()).toBe('template/incident-summary')
    expect(complaints).toEqual([])
  })

  it('compares with what toMatchMailSnapshot recorded, in a file of its own and among the others', async () => {
    const { html, text } = await preview({
      subject: '[7] Mine',
      inlineTemplate: '<h1>Agreed: Mine</h1>\n<p>All is well.</p>',
    })
    const recorded = writeSnapshot({ subject: '[7] Mine', text, html })
    const { page, write } = await open({
      files: {
        ...files,
        'mails/report.txt': recorded,
        'test/__snapshots__/mail.test.ts.snap': `// Vitest Snapshot v1\n\nexports[\`report > agreed 1\`] = \`\n"${recorded.replace('Agreed: Mine</h1>', 'Agreed: \\`Mine\\`</h1>')}"\n\`;\n`,
        'notes.txt': 'no mail',
      },
    })
    await page.keyboard.press('c')
    const select = page.getByLabel('Compare with')
    await select.locator('option[value="recorded/mails/report.txt"]').waitFor({ state: 'attached' })
    expect(await select.locator('option[value^="recorded/"]').allTextContents()).toEqual([
      'mails/report.txt',
      'test/__snapshots__/mail.test.ts.snap#report > agreed 1',
    ])
    await select.selectOption('recorded/mails/report.txt')
    const source = page.getByRole('region', { name: 'HTML source: what differs' })
    await source.locator('del', { hasText: 'Agreed' }).waitFor()
    await write('templates/report.njk', '<h1>Agreed: {{ incident.name }}</h1>\n<p>All is well.</p>')
    await source.waitFor({ state: 'detached' })
    await select.selectOption({ label: 'test/__snapshots__/mail.test.ts.snap#report > agreed 1' })
    await source.locator('del', { hasText: '`' }).first().waitFor()
  })

  it('says which version is not there, and goes on when another is chosen', async () => {
    const { page } = await open({ files, choice: { tab: 'compare', against: 'recorded/../../etc/passwd' } })
    await page
      .getByText(/there is no recorded mail/)
      .first()
      .waitFor()
    await page.getByLabel('Compare with').selectOption('first')
    await page.getByText('Nothing differs.').waitFor()
  })
})
