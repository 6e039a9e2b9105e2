import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Browser, chromium, type Page } from 'playwright-core'
import PostalMime from 'postal-mime'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type BuiltCli, buildCli } from '../cli/built-cli.js'
import { describeWith } from '../setup/with-peer.js'
import { mailIn } from './browser.js'

let cli: BuiltCli
let browser: Browser
beforeAll(async () => {
  cli = await buildCli()
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  })
})
afterAll(async () => {
  await browser?.close()
  await cli.remove()
})

/** Starts `incident-mailer preview` in a folder, opens the address that it prints, and ends it as Ctrl+C does. */
async function withPage(cwd: string, work: (page: Page) => Promise<void>): Promise<number | null> {
  const child = await cli.start(['preview'], { cwd })
  const exited = once(child, 'exit')
  try {
    const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream })
    const [line] = (await once(lines, 'line')) as [string]
    const page = await browser.newPage()
    page.setDefaultTimeout(15_000)
    await page.goto(/http:\S+/.exec(line)?.[0] ?? '')
    await work(page)
    await page.close()
  } finally {
    child.kill('SIGINT')
  }
  const [code] = (await exited) as [number | null]
  return code
}

/** Edits the template's file, sees it, and sends it to the folder that mails go to by default. */
async function editAndSend(page: Page, cwd: string): Promise<void> {
  expect(await page.getByRole('radio', { name: 'our-summary' }).isChecked()).toBe(true)
  const file = join(cwd, 'templates/our-summary.html.njk')
  const copied = await readFile(file, 'utf8')
  expect(copied).toMatch(/<h1[^>]*>/)
  await writeFile(file, copied.replace(/(<h1[^>]*>)/, '$1Ours: '))
  await mailIn(page).getByRole('heading', { name: 'Ours: Credential phishing' }).waitFor()
  await page.getByLabel('From', { exact: true }).fill('soc@example.com')
  await page.locator('.people').getByText('soc@example.com').waitFor()
  await page.getByRole('button', { name: 'Send a test' }).click()
  await page.getByRole('dialog').getByLabel('To').fill('me@example.com')
  await page.getByText('The guard would let it leave.').waitFor()
  await page.getByRole('button', { name: 'Send it' }).click()
  await page.getByRole('dialog').getByText('Accepted for me@example.com').waitFor()
  const [eml = ''] = await readdir(join(cwd, 'outbox'))
  const mail = await PostalMime.parse(await readFile(join(cwd, 'outbox', eml)))
  expect(mail.to?.map(({ address }) => address)).toEqual(['me@example.com'])
  expect(mail.html).toContain('Ours: Credential phishing')
}

describeWith('chromium')(
  'incident-mailer preview in an empty folder, to an own template that is sent',
  () => {
    it("goes there by the page's button", async () => {
      const cwd = await cli.folder({})
      const code = await withPage(cwd, async (page) => {
        await page.getByRole('button', { name: 'Make it yours' }).click()
        await page.getByLabel('Name', { exact: true }).fill('our-summary')
        await page.getByRole('button', { name: 'Make it', exact: true }).click()
        await page.getByRole('dialog').getByText('Open them in your editor.').waitFor()
        await page.getByRole('button', { name: 'Close' }).click()
        await editAndSend(page, cwd)
      })
      expect(code).toBe(0)
    })

    it('goes there by `template new`, while the page is open', async () => {
      const cwd = await cli.folder({})
      const code = await withPage(cwd, async (page) => {
        await mailIn(page).getByRole('heading', { name: 'Credential phishing' }).waitFor()
        const made = await cli.run(['template', 'new', 'our-summary', '--from', 'incident-summary'], { cwd })
        expect(made.code).toBe(0)
        await page.getByText('our-summary', { exact: true }).click()
        await editAndSend(page, cwd)
      })
      expect(code).toBe(0)
    })
  },
)
