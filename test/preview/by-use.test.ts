import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import axe from 'axe-core'
import type { FileChooser } from 'playwright-core'
import PostalMime from 'postal-mime'
import { expect, it } from 'vitest'
import { describeWith } from '../setup/with-peer.js'
import { mailIn, previewInChromium } from './browser.js'
import { startSmtpServer } from './smtp-server.js'

describeWith('chromium')('the preview page, as a person uses it', () => {
  const { open } = previewInChromium()

  it('goes from an empty folder to an own template, previewed and sent, without any documentation', async () => {
    const { page, folder, write, complaints } = await open()
    await mailIn(page).getByRole('heading', { name: 'Credential phishing' }).waitFor()
    await page.getByRole('button', { name: 'Make it yours' }).click()
    await page.getByLabel('Name', { exact: true }).fill('our-summary')
    await page.getByRole('button', { name: 'Make it', exact: true }).click()
    await page.getByRole('dialog').getByText('Open them in your editor.').waitFor()
    await page.getByRole('button', { name: 'Close' }).click()
    expect(await page.getByRole('radio', { name: 'our-summary' }).isChecked()).toBe(true)

    const file = join(folder, 'templates/our-summary.html.njk')
    const source = await readFile(file, 'utf8')
    expect(source).toContain('{% extends')
    await write('templates/our-summary.html.njk', '<h1>Ours: {{ incident.name }}</h1>')
    await mailIn(page).getByRole('heading', { name: 'Ours: Credential phishing' }).waitFor()

    await page.getByRole('button', { name: 'Send a test' }).click()
    await page.getByRole('dialog').getByLabel('To').fill('me@example.com')
    await page
      .getByRole('dialog')
      .getByText(`the folder ${join(folder, 'outbox')}`)
      .waitFor({ state: 'attached' })
    await page.getByRole('button', { name: 'Send it' }).click()
    // Nobody said yet who sends.
    await page
      .getByRole('dialog')
      .getByText(/name the sender/)
      .waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByLabel('From', { exact: true }).fill('soc@example.com')
    await page.locator('.people').getByText('soc@example.com').waitFor()
    await page.getByRole('button', { name: 'Send a test' }).click()
    await page.getByRole('dialog').getByLabel('To').fill('me@example.com')
    await page.getByRole('button', { name: 'Send it' }).click()
    await page.getByRole('dialog').getByText('Accepted for me@example.com').waitFor()
    const [eml = ''] = await readdir(join(folder, 'outbox'))
    const mail = await PostalMime.parse(await readFile(join(folder, 'outbox', eml)))
    expect(mail.html).toContain('Ours: Credential phishing')
    expect(complaints).toEqual([])
  })

  it('sends a test by a server, to one person alone, after a question', async () => {
    const server = await startSmtpServer()
    const { page } = await open({
      files: {
        'incident-mailer.json': {
          from: 'soc@example.com',
          transport: { host: '127.0.0.1', port: server.port },
          guard: { recipients: ['example.com'] },
        },
      },
      choice: {
        'job.to': 'everyone@example.com',
        'job.cc': 'boss@example.com',
        'job.bcc': 'spy@example.com',
      },
    })
    await page.keyboard.press('e')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('To').fill('me@example.com')
    expect(server.mails).toEqual([])
    await dialog.getByRole('button', { name: 'Send it' }).click()
    await dialog.getByText('Accepted for me@example.com').waitFor()
    expect(server.mails.map(({ to }) => to)).toEqual([['me@example.com']])
    const mail = await PostalMime.parse(server.mails[0]?.data ?? '')
    expect(mail.subject).toContain('Credential phishing')
    expect(JSON.stringify(mail)).not.toMatch(/boss|spy|everyone/)
    await dialog.getByRole('button', { name: 'Close' }).click()
    // The guard holds here as everywhere.
    await page.keyboard.press('e')
    await dialog.getByLabel('To').fill('me@elsewhere.example')
    // And says so before anyone asks for it to be sent.
    await dialog.getByText(/It would not leave: .*elsewhere\.example/).waitFor()
    await dialog.getByLabel('To').fill('me@example.com')
    await dialog.getByText('The guard would let it leave.').waitFor()
    await dialog.getByLabel('To').fill('me@elsewhere.example')
    await dialog.getByRole('button', { name: 'Send it' }).click()
    await dialog.locator('.outcome.bad', { hasText: /^(?!It would).*elsewhere\.example/ }).waitFor()
    expect(server.mails).toHaveLength(1)
    await server.close()
  })

  it('sends a test by the profile that is chosen', async () => {
    const [usual, other] = [await startSmtpServer(), await startSmtpServer()]
    const { page } = await open({
      files: {
        'incident-mailer.json': {
          from: 'soc@example.com',
          transport: { host: '127.0.0.1', port: usual.port },
          profiles: {
            duty: { from: 'duty@example.com', transport: { host: '127.0.0.1', port: other.port } },
          },
        },
      },
    })
    await page.keyboard.press('e')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('To').fill('me@example.com')
    await dialog.getByLabel('By').selectOption('the profile duty')
    await dialog.getByRole('button', { name: 'Send it' }).click()
    await dialog.getByText('Accepted for me@example.com').waitFor()
    expect(usual.mails).toEqual([])
    expect(other.mails.map(({ to }) => to)).toEqual([['me@example.com']])
    const mail = await PostalMime.parse(other.mails[0]?.data ?? '')
    expect(mail.from?.address).toBe('duty@example.com')
    await Promise.all([usual.close(), other.close()])
  })

  it('reaches everything on the screen of a phone', async () => {
    const { page } = await open({ browser: { viewport: { width: 375, height: 740 } } })
    for (const [button, title] of [
      ['Make it yours', 'A template of your own'],
      ['Save', 'Save this mail'],
      ['Send a test', 'Send a test'],
      ['Keyboard', 'Keyboard'],
    ] as const) {
      await page.locator('.actions').getByRole('button', { name: button }).click()
      await page.getByRole('dialog', { name: title }).waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375)
    // The column is closed there; its keys open it.
    await page.keyboard.press('p')
    await page.getByLabel('An incident as JSON').fill('{ "name": "Pasted on a phone" }')
    await mailIn(page).getByRole('heading', { name: 'Pasted on a phone' }).waitFor()
  })

  it('saves the message, the HTML with its images, and a picture', async () => {
    const { page } = await open()
    await page.keyboard.press('s')
    const saved = async (name: string) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name }).click(),
      ])
      return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) }
    }
    const eml = await saved('.eml')
    expect(eml.name).toMatch(/^2139 Credential phishing.*\.eml$/)
    expect((await PostalMime.parse(eml.bytes)).subject).toContain('Credential phishing')
    const html = await saved('.html')
    expect(html.bytes.toString()).toContain('src="data:image/png;base64,')
    const png = await saved('.png')
    expect(png.bytes.subarray(1, 4).toString()).toBe('PNG')
    expect(png.bytes.readUInt32BE(16)).toBe(800)
    expect(png.bytes.readUInt32BE(20)).toBeGreaterThan(800)
  })

  it('does all of it by the keyboard', async () => {
    const { page } = await open()
    // Long before it is needed: the browser is told to hand the question over, and that takes it a moment.
    const file = new Promise<FileChooser>((resolve) => page.once('filechooser', resolve))
    await page.keyboard.press('2')
    await page.locator('pre.text').waitFor()
    await page.keyboard.press('1')
    await page.keyboard.press('w')
    await page.keyboard.press('d')
    await page.waitForURL(/width=tablet.*scheme=dark/)
    await page.keyboard.press('t')
    await page.keyboard.press('ArrowDown')
    await page.waitForURL(/template=reply/)
    await page.keyboard.press('i')
    await page.keyboard.press('ArrowDown')
    await page.waitForURL(/incident=example%2F2140/)
    // Keys pressed in the mail are the page's too.
    await mailIn(page).locator('body').click()
    await page.keyboard.press('6')
    await page.locator('#tab-findings[aria-selected="true"]').waitFor()
    await page.keyboard.press('?')
    const help = page.getByRole('dialog', { name: 'Keyboard' })
    await help.getByText('paste an incident').waitFor()
    await help.getByText("open a template's file").waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('1')
    await page.keyboard.press('o')
    const buffer = Buffer.from('<h1>Opened: {{ incident.name }}</h1>')
    await (await file).setFiles({ name: 'x.njk', mimeType: 'text/plain', buffer })
    await page.keyboard.press('p')
    await page.keyboard.type('{ "name": "typed" }')
    await mailIn(page).getByRole('heading', { name: 'Opened: typed' }).waitFor()
    await page.getByRole('tab', { name: 'HTML' }).focus()
    await page.keyboard.press('n')
    await page.getByRole('dialog', { name: 'A template of your own' }).waitFor()
  })

  it.each(['light', 'dark'] as const)('has nothing serious that axe finds, in %s', async (colorScheme) => {
    const { page } = await open({ browser: { colorScheme } })
    const check = async (state: string) => {
      // Not as a script of the page's, which its policy refuses.
      await page.evaluate(axe.source)
      const found = (await page.evaluate(
        "axe.run(document, { iframes: false }).then(({ violations }) => violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target).join(' ')))",
      )) as string[]
      expect({ state, found }).toEqual({ state, found: [] })
    }
    for (const tab of ['1', '2', '3', '4', '5', '6', '7']) {
      await page.keyboard.press(tab)
      await page.locator('[role=tab][aria-selected=true]').waitFor()
      await check(`tab ${tab}`)
    }
    await page.keyboard.press('e')
    await check('the question before a test')
    await page.keyboard.press('Escape')
    await page.getByText('Paste an incident').click()
    await page.getByLabel('An incident as JSON').fill('{')
    await page.getByRole('alert').waitFor()
    await check('an error')
  })
})
